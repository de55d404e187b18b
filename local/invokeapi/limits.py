"""Lambda's limits on an invocation, in bytes.

Source: "Lambda quotas" in the developer guide and the Invoke page of the API reference. Lambda's own errors tell the
exact numbers; the answer may indeed be 100 bytes longer than the event.
"""

EVENT_BYTES_MAX = 6 * 1024 * 1024
EVENT_BYTES_MAX_ASYNCHRONOUS = 1024 * 1024
ANSWER_BYTES_MAX = 6 * 1024 * 1024 + 100
CLIENT_CONTEXT_LENGTH_MAX = 3583
"""Characters of base64."""
