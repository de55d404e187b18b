"""What API Gateway's base paths are in Kubernetes: HTTPRoutes of the Gateway API, prefix by prefix."""

from collections.abc import Sequence

from local.kubernetes.fronts import dns_name
from local.kubernetes.pods import Manifest, named
from local.supervisor.plan import GATEWAY_PORT
from local.template import Function

GATEWAY = "recours"


def route_manifest(services: Sequence[Function]) -> Manifest:
    """One rule a service: the prefix is taken off and told in X-Forwarded-Prefix, as the gateway on 8100 does.

    `services`: a function of each. What no service has is the gateway's own. The Gateway `recours` is the cluster's.
    """
    rules = [_rule(one.base_path, dns_name(one.service), one.port or 0) for one in services if one.base_path]
    rules.append({"backendRefs": [{"name": "gateway", "port": GATEWAY_PORT}]})
    spec = {"parentRefs": [{"name": GATEWAY}], "rules": rules}
    return named("HTTPRoute", "gateway.networking.k8s.io/v1", "recours", spec)


def _rule(prefix: str, service: str, port: int) -> Manifest:
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": prefix}}],
        "filters": [
            {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}},
            {
                "type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": "X-Forwarded-Prefix", "value": prefix}]},
            },
        ],
        "backendRefs": [{"name": service, "port": port}],
    }
