"""A debugger's way into this process."""

from local.environment.ending import end_process
from local.environment.log import log


def listen_for_debugger(port: int, function: str) -> None:
    """Let a debugger that speaks DAP (VS Code, PyCharm, nvim-dap) attach on 127.0.0.1:`port`, now or later."""
    import debugpy

    try:
        debugpy.listen(("127.0.0.1", port))
    except (OSError, RuntimeError) as error:
        log("error", "no debugger can attach: is the port taken?", function=function, port=port, reason=str(error))
        end_process(1)
    log("info", "a debugger can attach", function=function, host="127.0.0.1", port=port)
