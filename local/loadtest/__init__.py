"""`load-test`: takes claims through their five events over HTTP and proves that each event had each effect once.

The commands are repeated with their Idempotency-Key when a process dies under them, so that it runs, and must end well,
while processes are killed.
"""

from local.loadtest.command import main

__all__ = ["main"]
