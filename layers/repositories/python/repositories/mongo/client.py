"""The one place that opens MongoDB and turns its driver's errors into ours."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from bson import encode
from bson.errors import InvalidDocument
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure

from envelope.errors import UnreadableError
from repositories.errors import StoreUnavailableError

Document = dict[str, Any]

SERVER_SELECTION_MS_MAX = 3_000  # a command that waits longer than this for a server has already failed its user
SOCKET_MS_MAX = 15_000  # longer than the slowest read (statistics), shorter than a batch function's timeout
WRITE_CONCERN_MS_MAX = 10_000
POOL_SIZE_MAX = 10  # one invocation at a time per process; a few spare for the readiness check
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
DUPLICATE_KEY = 11000


@cache
def client_for(url: str) -> MongoClient[Document]:
    """The process's client for `url`, opened at first use.

    Writes are acknowledged by the majority and from the journal; times come back aware (UTC).
    """
    return MongoClient(
        url,
        tz_aware=True,
        w="majority",
        journal=True,
        wTimeoutMS=WRITE_CONCERN_MS_MAX,
        serverSelectionTimeoutMS=SERVER_SELECTION_MS_MAX,
        connectTimeoutMS=SERVER_SELECTION_MS_MAX,
        socketTimeoutMS=SOCKET_MS_MAX,
        maxPoolSize=POOL_SIZE_MAX,
        appname="recours",
    )


def ping(url: str) -> None:
    """Raise StoreUnavailableError when the server does not answer."""
    with store_errors():
        client_for(url).admin.command("ping")


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise StoreUnavailableError for what the server or the way to it could not do, with the cause.

    DuplicateKeyError passes: whether it is a failure is for the adapter to say.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except (ConnectionFailure, OperationFailure) as error:
        raise StoreUnavailableError("MongoDB does not answer, or refused the operation: try again later") from error


def to_raw(document: Document) -> RawBSONDocument:
    """The document as it goes over the wire.

    Raises UnreadableError for what BSON cannot hold (an integer over 64 bits, a NUL in a key, more than 16 MiB), so
    that one such document does not fail the whole batch that it came in.
    """
    try:
        raw = encode(document)
    except (InvalidDocument, OverflowError) as error:
        raise UnreadableError(f"MongoDB cannot hold document {document.get('_id')!r}: {error}") from error
    if len(raw) > DOCUMENT_BYTES_MAX:
        raise UnreadableError(f"MongoDB cannot hold document {document.get('_id')!r}: {len(raw)} bytes")
    return RawBSONDocument(raw)


def insert_new(collection: Collection[Document], documents: Sequence[Document | RawBSONDocument]) -> list[int]:
    """Insert, unordered, what is not there yet; return the indexes of those that a unique index refused.

    Raises StoreUnavailableError for every other failure: then any part of them may have been written.
    """
    if not documents:
        return []
    try:
        with store_errors_of_bulk():
            collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return sorted(failure["index"] for failure in error.details["writeErrors"])
    return []


@contextmanager
def store_errors_of_bulk() -> Iterator[None]:
    """As `store_errors`, but a BulkWriteError that holds only duplicate keys passes."""
    try:
        yield
    except BulkWriteError as error:
        if not _only_duplicates(error):
            raise StoreUnavailableError("MongoDB did not take every document: try again later") from error
        raise
    except (ConnectionFailure, OperationFailure) as error:
        raise StoreUnavailableError("MongoDB does not answer, or refused the write: try again later") from error


def _only_duplicates(error: BulkWriteError) -> bool:
    details = error.details
    failures = details.get("writeErrors", [])
    return not details.get("writeConcernErrors") and all(failure["code"] == DUPLICATE_KEY for failure in failures)
