"""`verify`: does every store hold what the log says, each effect once?

from local.verify import check, read_subscribers
result = check(redis_url, mongo_url, postgres_url, read_subscribers(template), wait_seconds=60)
assert result.is_clean, result.findings
"""

from local.verify.check import check
from local.verify.findings import Finding, Result
from local.verify.subscribers import Subscribers, SubscribersError, read_subscribers

__all__ = ["Finding", "Result", "Subscribers", "SubscribersError", "check", "read_subscribers"]
