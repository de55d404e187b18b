"""The gateway's front page: which services there are, and where their documentation, health and metrics stand."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from local.gateway.services import Service

LINKS = (
    ("/docs", "Documentation"),
    ("/health", "Santé"),
    ("/health/ready", "Dépendances"),
    ("/metrics", "Métriques"),
    ("/openapi.json", "OpenAPI"),
)
_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def render_page(services: Iterable[Service], mail_url: str | None, parked_path: str | None) -> str:
    """The whole page. Only links to what there is are shown."""
    rows = "\n".join(_row(service) for service in services)
    mail = _mail(mail_url) if mail_url else ""
    parked = _parked(parked_path) if parked_path else ""
    return _PAGE.substitute(rows=rows or '<tr><td colspan="4">Aucun service.</td></tr>', mail=mail, parked=parked)


def _row(service: Service) -> str:
    links = [
        f'<a href="{escape(path)}" aria-label="{escape(f"{label} de {service.name}")}">{escape(label)}</a>'
        for suffix, label in LINKS
        if (path := service.base_path + suffix) in service.paths
    ]
    port = f"<code>{service.port}</code>" if service.port is not None else "–"
    return (
        f'<tr><th scope="row">{escape(service.name)}<small>{escape(service.description)}</small></th>'
        f"<td><code>{escape(service.base_path or '/')}</code></td><td>{port}</td>"
        f'<td class="links">{" ".join(links)}</td></tr>'
    )


def _mail(url: str) -> str:
    return (
        f'<p><a href="{escape(url)}">Messagerie de test</a> : les courriels et les SMS envoyés par le système, '
        "que personne d’autre ne reçoit.</p>"
    )


def _parked(path: str) -> str:
    return f'<p><a href="{escape(path)}">Événements mis de côté</a></p>'
