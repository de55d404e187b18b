"""Events as their sources make them: for a request, a batch of a stream, a schedule's time, an authorizer.

Each is built by what builds it while the system runs, so that a function cannot tell them apart.
"""
