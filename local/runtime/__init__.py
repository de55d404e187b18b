"""What Lambda does: each function in a pool of execution environments, which start, serve, and end as there is need.

`FunctionService` is the front door. It keeps one `FunctionPool` a function; a pool keeps `ExecutionEnvironment`s, each
a process that runs one invocation at a time, either from the source tree or from a built package.
"""
