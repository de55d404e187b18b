"""How many claims there are in each status, for the metrics: counted where it is known, when somebody asks."""

from dataclasses import asdict

from envelope.errors import RecoursError
from functions.query.service import QueryService
from metrics.catalog import CLAIMS_IN_STATUS
from metrics.logs import logger


def measure_backlog(service: QueryService) -> None:
    """Set the gauge from the counters that the projection keeps; where they cannot be read it stays as it was."""
    try:
        rows = service.backlog()
    except RecoursError as error:
        logger.warning("the backlog could not be counted", extra={"error": str(error)})
        return
    for row in rows:
        counts = asdict(row)
        for status in counts.keys() - {"claim_type", "total_claims"}:
            CLAIMS_IN_STATUS.labels(row.claim_type, status).set(counts[status])
