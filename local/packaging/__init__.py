"""Deployment packages: a zip a function and a layer, and the template that names them.

In the order of the work: `resources` (what the template wants packed), `lockfile` and `fetching` (wheels for the
target), `imports` and `reach` (which modules a handler needs), `distributions` (which wheels those need), `trimming`
(what of a wheel goes in), `archive` (the zip), `manifest` and `limits` (what came of it), `deployable` (the template).
`building` does one after the other.
"""
