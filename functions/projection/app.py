"""The projection's HTTP routes: where the read models stand."""

from chalice import Response

from functions.projection import bootstrap
from functions.projection.progress import Projections, ProjectionStats
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

app = ServiceApp("projection", title="Projection service", description="Events folded into the read models.")
# The log is no dependency: without it the lag is unknown, and that is told.
add_standard_routes(app, dependencies=lambda: {"postgresql": bootstrap.check_postgresql})


@app.operation("GET", "/projections", summary="Where each read model stands", response=Projections)
def list_projections() -> Response:
    return json_response(bootstrap.progress().projections())


@app.operation("GET", "/projections/stats", summary="How many records each has", response=ProjectionStats)
def projection_stats() -> Response:
    return json_response(bootstrap.progress().stats())
