"""Built packages run here as Lambda runs them: nothing but the zips, under AWS's own runtime interface client.

`prepare` builds them for this machine and finds what runs them; `packaged_factory` gives a function's environments.
Each is a process of the template's Python, isolated from this repository and its `.venv`, which asks a local Runtime
API for invocations. Source: the pages "Lambda runtime API" and "Runtimes" of the Lambda guide.
"""
