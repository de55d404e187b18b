"""The notification service's HTTP routes: what was sent to whom."""

from chalice import Response

from functions.notification import bootstrap
from functions.notification.reading import NotificationQuery
from functions.notification.views import EmailView, NotificationPage, NotificationStats
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

app = ServiceApp("notification", title="Notification service", description="E-mail and SMS: what was sent to whom.")
add_standard_routes(app, dependencies=lambda: {"mongodb": bootstrap.check_mongodb})


@app.operation(
    "GET", "/notifications", summary="Notifications, newest first", query=NotificationQuery, response=NotificationPage
)
def list_notifications() -> Response:
    query = app.read_query(NotificationQuery)
    caller = app.caller()
    own = query.model_copy(update={"customer_id": caller.own(query.customer_id)})
    return json_response(bootstrap.service().page(own, masked=_masked(), for_customer=caller.role == "customer"))


@app.operation("GET", "/notifications/stats", summary="How many of which kind", response=NotificationStats)
def notification_stats() -> Response:
    return json_response(bootstrap.service().stats())


@app.operation("GET", "/notifications/{notification_id}", summary="One notification", response=EmailView)
def get_notification(notification_id: str) -> Response:
    own = app.caller().own(None)
    return json_response(bootstrap.service().one(notification_id, masked=_masked(), for_customer_id=own))


def _masked() -> bool:
    """Agents, and whoever nobody knows, are not shown whom it went to."""
    return app.caller().role in ("agent", "anonymous")
