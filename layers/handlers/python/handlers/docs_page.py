"""Swagger UI, from the copy that Powertools carries: nothing is fetched from elsewhere."""

from functools import cache
from importlib.resources import files

from envelope.errors import NotFoundError

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, layout: "BaseLayout"});\n'
_ASSETS = {
    "swagger-ui.css": ("swagger-ui.min.css", "text/css; charset=utf-8"),
    "swagger-ui.js": ("swagger-ui-bundle.min.js", "text/javascript; charset=utf-8"),
}


def page(title: str) -> str:
    """The page; its links are relative, so it works behind a base path too."""
    return _PAGE.format(title=title)


def asset(name: str) -> tuple[str, str]:
    """Text and content type of one of the page's files. Raises NotFoundError."""
    if name == "start.js":
        return _START, "text/javascript; charset=utf-8"
    if name not in _ASSETS:
        raise NotFoundError(f"there is no {name} among the documentation's files")
    file_name, content_type = _ASSETS[name]
    return _read(file_name), content_type


@cache
def _read(file_name: str) -> str:
    folder = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    return folder.joinpath(file_name).read_text(encoding="utf-8")
