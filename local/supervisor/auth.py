"""Whether the functions ask who calls them."""

from local.supervisor.options import Options


def auth_parameters(options: Options) -> dict[str, str]:
    """Return the template's parameters that say so. Without `--auth` everybody on this machine may do everything."""
    if not options.auth:
        return {"AuthMode": "off"}
    from local.auth.secret import laptop_secret

    return {"AuthMode": "required", "JwtSecret": laptop_secret(options.data)}
