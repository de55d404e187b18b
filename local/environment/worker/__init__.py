"""Execution environments as children of the process that invokes them: a poller, or a schedule.

The child runs the function's code and nothing of ours but its frame; the parent holds a pool of them and never imports
that code. They speak over a socketpair, in length-prefixed JSON frames:

    child to parent, once    {"ready": true} or {"init_error": ERROR}
    parent to child          {"request_id": "…", "event": …}
    child to parent          {"result": …} or {"error": ERROR}, or {"timeout": ERROR} as its last word

ERROR is Lambda's: {"errorType": "ValueError", "errorMessage": "…", "stackTrace": ["…\\n", …]}.
"""
