"""Execution environments as children of the process that invokes them: a poller, or a schedule.

The child runs the function's code and nothing of ours but its frame; the parent holds a pool of them and never imports
that code. They speak over a socketpair, in length-prefixed JSON frames:

    child to parent, once    {"ready": true} or {"init_error": ERROR}
    parent to child          {"request_id": "…", "event": …}
    child to parent          {"request_id": "…", "result": …} or {"request_id": "…", "error": ERROR},
                             or {"request_id": "…", "timeout": ERROR} as its last word
    between two answers      {"files": ["…", …]}: what the function has imported meanwhile

ERROR is Lambda's: {"errorType": "ValueError", "errorMessage": "…", "stackTrace": ["…\\n", …]}.
"""
