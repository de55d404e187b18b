"""Execution environments that run a function from the source tree, in a child process of this one."""
