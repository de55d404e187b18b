"""How many claims there are in each status, for the metrics: counted where it is known, when somebody asks."""

from typing import get_args

from envelope import ClaimType
from envelope.errors import RecoursError
from functions.query.parameters import Status
from functions.query.service import QueryService
from metrics.catalog import CLAIMS_IN_STATUS
from metrics.logs import logger


def measure_backlog(service: QueryService) -> None:
    """Set the gauge from the counters that the projection keeps; where they cannot be read it stays as it was.

    A type without claims is told as 0: it may have had some, before the read models were built anew.
    """
    try:
        rows = {row.claim_type: row for row in service.backlog()}
    except RecoursError as error:
        logger.warning("the backlog could not be counted", extra={"error": str(error)})
        return
    for claim_type in dict.fromkeys((*get_args(ClaimType), *rows)):
        for status in get_args(Status):
            CLAIMS_IN_STATUS.labels(claim_type, status).set(getattr(rows.get(claim_type), status, 0))
