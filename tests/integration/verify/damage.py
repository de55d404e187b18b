"""One wrong thing at a time, each mended at the end of its block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.integration.verify.whole_system import WholeSystem

Document = dict[str, Any]


class Damage:
    """Damages the stores of a system. Positions are those of `events:all`."""

    def __init__(self, system: WholeSystem) -> None:
        self._system = system

    @contextmanager
    def changed_key(self, key: str) -> Iterator[str]:
        """Whatever the block does to this key of the log is undone."""
        before: Any = self._system.redis.dump(key)
        try:
            yield key
        finally:
            if before is None:
                self._system.redis.delete(key)
            else:
                self._system.redis.restore(key, 0, before, replace=True)

    @contextmanager
    def changed_document(self, database: str, collection: str, position: int, changes: Document) -> Iterator[None]:
        """A document at the position has other fields."""
        documents = self._system.mongo[database][collection]
        before = documents.find_one({"position": position})
        assert before is not None
        documents.update_one({"_id": before["_id"]}, {"$set": changes})
        try:
            yield
        finally:
            documents.replace_one({"_id": before["_id"]}, before)

    @contextmanager
    def changed_kept(self, database: str, collection: str, key: str, changes: Document) -> Iterator[None]:
        """The document of that `_id` has other fields; without changes it is gone."""
        documents = self._system.mongo[database][collection]
        before = documents.find_one({"_id": key})
        assert before is not None
        if changes:
            documents.update_one({"_id": key}, {"$set": changes})
        else:
            documents.delete_one({"_id": key})
        try:
            yield
        finally:
            documents.replace_one({"_id": key}, before, upsert=True)

    @contextmanager
    def lost_document(self, database: str, collection: str, position: int) -> Iterator[None]:
        """A document at the position is gone."""
        documents = self._system.mongo[database][collection]
        before = documents.find_one_and_delete({"position": position})
        assert before is not None
        try:
            yield
        finally:
            documents.insert_one(before)

    @contextmanager
    def replaced_document(self, database: str, collection: str, key: str, changes: Document) -> Iterator[None]:
        """The document of that `_id` is another one, which has the changes."""
        documents = self._system.mongo[database][collection]
        before = documents.find_one_and_delete({"_id": key})
        assert before is not None
        documents.insert_one({**before, **changes})
        try:
            yield
        finally:
            documents.delete_one({"_id": changes.get("_id", key)})
            documents.insert_one(before)

    @contextmanager
    def copied_document(self, database: str, collection: str, position: int, changes: Document) -> Iterator[None]:
        """A second form of a document at the position; a change to None leaves the field out."""
        documents = self._system.mongo[database][collection]
        before = documents.find_one({"position": position})
        assert before is not None
        copy = {name: value for name, value in {**before, "_id": "a copy", **changes}.items() if value is not None}
        documents.insert_one(copy)
        try:
            yield
        finally:
            documents.delete_one({"_id": copy["_id"]})

    @contextmanager
    def lost_database(self, name: str) -> Iterator[None]:
        """Every document of the database is gone; whatever the block writes there is undone."""
        database = self._system.mongo[name]
        before = {each: list(database[each].find()) for each in database.list_collection_names()}
        for each in before:
            database[each].delete_many({})
        try:
            yield
        finally:
            for each, documents in before.items():
                database[each].delete_many({})
                if documents:
                    database[each].insert_many(documents)

    @contextmanager
    def changed_table(self, table: str, statement: str, *values: object) -> Iterator[None]:
        """A statement is run on a table of the read models, which is put back as it was."""
        with psycopg.connect(self._system.urls.postgres_url, autocommit=True) as connection:
            connection.execute("SET search_path TO read_v1, public")
            connection.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")
            connection.execute(statement, values)
            try:
                yield
            finally:
                connection.execute(f"TRUNCATE {table}")
                names = connection.execute(
                    "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
                    " WHERE table_schema = 'read_v1' AND table_name = %s AND is_generated = 'NEVER'",
                    (table,),
                ).fetchone()
                assert names is not None
                connection.execute(f"INSERT INTO {table} ({names[0]}) SELECT {names[0]} FROM kept")
