"""What an operator does with events that were set aside: look, ask for a retry, give up. For the shell and for HTTP."""
