"""`Cors` of a REST API and `CorsConfiguration` of an HTTP API.

A REST API's texts stand in quotes of their own, `"'*'"`, since SAM puts them into a mapping expression as they are.
"""

from local.template.model import Cors, TemplateError
from local.template.properties import Properties
from local.template.shapes import number_of, refuse_unknown, text_of, texts_of, truth_of

REST = frozenset({"AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigin", "MaxAge"})
HTTP = frozenset({"AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders", "MaxAge"})
MAX_AGE_S_MAX = 86_400


def read_rest_cors(api: Properties) -> Cors | None:
    """What a REST API answers a preflight with, or None where it answers none. Raises TemplateError."""
    value = api.get("Cors")
    if not value:
        return None
    if isinstance(value, str):
        return Cors(allow_origins=(unquoted(value, api.place("Cors")),))
    given = api.below("Cors")
    refuse_unknown(given, REST, given.where)
    origin = unquoted(given.get("AllowOrigin", "'*'"), given.place("AllowOrigin"))
    return _with_credentials(
        Cors(
            allow_origins=(origin,),
            allow_methods=unquoted(given.get("AllowMethods", "''"), given.place("AllowMethods")),
            allow_headers=unquoted(given.get("AllowHeaders", "''"), given.place("AllowHeaders")),
            max_age_s=_max_age(given),
            allow_credentials=truth_of(given.get("AllowCredentials"), given.place("AllowCredentials")),
        ),
        given.where,
    )


def read_http_cors(api: Properties) -> Cors | None:
    """What an HTTP API lets browsers do, or None where it says nothing of it. Raises TemplateError."""
    value = api.get("CorsConfiguration")
    if not value:
        return None
    if value is True:
        return Cors(allow_origins=("*",))
    if isinstance(value, str | list):
        return Cors(allow_origins=texts_of(value, api.place("CorsConfiguration")))
    given = api.below("CorsConfiguration")
    refuse_unknown(given, HTTP, given.where)
    return _with_credentials(
        Cors(
            allow_origins=texts_of(given.get("AllowOrigins"), given.place("AllowOrigins")),
            allow_methods=_joined(given, "AllowMethods"),
            allow_headers=_joined(given, "AllowHeaders"),
            expose_headers=_joined(given, "ExposeHeaders"),
            max_age_s=_max_age(given),
            allow_credentials=truth_of(given.get("AllowCredentials"), given.place("AllowCredentials")),
        ),
        given.where,
    )


def unquoted(value: object, where: str) -> str:
    """The text within a mapping expression's single quotes. Raises TemplateError where there are none."""
    text = text_of(value, where)
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise TemplateError(f"{where}: a text in single quotes within the double ones is needed, \"'{text}'\"")
    return text[1:-1]


def _joined(given: Properties, name: str) -> str:
    return ",".join(texts_of(given.get(name), given.place(name)))


def _max_age(given: Properties) -> int | None:
    value = given.get("MaxAge")
    if value is None:
        return None
    digits = text_of(value, given.place("MaxAge")).strip("'")
    return number_of(digits, given.place("MaxAge"), least=-1, most=MAX_AGE_S_MAX)


def _with_credentials(cors: Cors, where: str) -> Cors:
    if cors.allow_credentials and (not cors.allow_origins or "*" in cors.allow_origins):
        raise TemplateError(f"{where}.AllowCredentials: needs an origin by its name, which * is not")
    return cors
