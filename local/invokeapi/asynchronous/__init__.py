"""Asynchronous invocations: events that are kept on disk until a function has handled them, or they are given up.

Source: "How Lambda handles errors and retries with asynchronous invocation" and "Capturing records of Lambda
asynchronous invocations" in the Lambda developer guide.
"""
