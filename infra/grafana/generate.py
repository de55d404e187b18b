"""Makes the dashboards from `dashboards.yaml`: `python infra/grafana/generate.py`, from anywhere.

A test tells when they are out of date. Grafana's own form says everything a hundred times over; the YAML says what is
shown. Source: "Dashboard JSON model" in the Grafana documentation.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
DATA_SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH = 24
HEIGHT, HEIGHT_NOW = 8, 4


def dashboards() -> dict[str, str]:
    """Every dashboard's text by the name of its file."""
    described = yaml.safe_load((FOLDER / "dashboards.yaml").read_text(encoding="utf-8"))
    return {one["file"]: json.dumps(dashboard(one), indent=1, ensure_ascii=False) + "\n" for one in described}


def dashboard(described: dict[str, Any]) -> dict[str, Any]:
    """One dashboard in Grafana's form."""
    return {
        "uid": described["uid"],
        "title": described["title"],
        "tags": ["recours"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "type": "dashboards",
                "tags": ["recours"],
                "asDropdown": False,
                "keepTime": True,
                "title": "",
                "icon": "dashboard",
            }
        ],
        "annotations": {"list": [_alerts()]},
        "templating": {"list": [_service()] if described.get("by_service") else []},
        "panels": list(_panels(described["rows"])),
    }


def _panels(rows: list[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    ids, y = count(1), 0
    for row in rows:
        height = HEIGHT_NOW if all(panel.get("now") for panel in row) else HEIGHT
        width = WIDTH // len(row)
        for place, panel in enumerate(row):
            yield _panel(next(ids), panel, {"h": height, "w": width, "x": place * width, "y": y})
        y += height


def _panel(number: int, panel: dict[str, Any], place: dict[str, int]) -> dict[str, Any]:
    is_now = panel.get("now", False)
    return {
        "id": number,
        "type": "stat" if is_now else "timeseries",
        "title": panel["title"],
        "description": panel.get("text", ""),
        "datasource": DATA_SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _now_options() if is_now else _series_options(),
        "targets": [
            {"datasource": DATA_SOURCE, "expr": expression, "legendFormat": legend, "refId": chr(ord("A") + place)}
            for place, (legend, expression) in enumerate(panel["show"].items())
        ],
    }


def _field(panel: dict[str, Any]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    steps += [
        {"color": colour, "value": panel[name]}
        for name, colour in (("amber", "orange"), ("red", "red"))
        if name in panel
    ]
    field: dict[str, Any] = {
        "unit": panel.get("unit", "short"),
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    return field | ({"max": panel["max"]} if "max" in panel else {})


def _now_options() -> dict[str, Any]:
    return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background", "graphMode": "area"}


def _series_options() -> dict[str, Any]:
    return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}


def _service() -> dict[str, Any]:
    query = "label_values(http_request_duration_seconds_count, service)"
    return {
        "name": "service",
        "label": "Service",
        "type": "query",
        "datasource": DATA_SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "service"},
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def _alerts() -> dict[str, Any]:
    return {
        "name": "Alerts",
        "datasource": DATA_SOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "titleFormat": "{{alertname}}",
    }


if __name__ == "__main__":
    for name, text in dashboards().items():
        (FOLDER / "dashboards" / name).write_text(text, encoding="utf-8")
