"""Whether the functions ask who calls them."""

from local.supervisor.options import Options
from local.template import Template

WARNING = "nobody is asked who they are: every program on this machine may do everything. `up --auth` asks for tokens."


def auth_parameters(options: Options) -> dict[str, str]:
    """Return the template's parameters that say so. Without `--auth` everybody on this machine may do everything."""
    if not options.auth:
        return {"AuthMode": "off"}
    from local.auth.parameters import auth_parameters

    return auth_parameters(options.data)


def lambda_api_keys(options: Options) -> dict[str, str]:
    """Return what the Lambda API is signed with, as variables; without `--auth` any keys will do."""
    if not options.auth:
        return {"AWS_ACCESS_KEY_ID": "laptop", "AWS_SECRET_ACCESS_KEY": "laptop"}
    from local.auth.lambda_keys import laptop_keys

    return laptop_keys(options.data).as_environment()


def warnings(options: Options, template: Template) -> list[str]:
    """Return what a person should know once all is up."""
    skips = not options.auth and any(function.skipped_without_auth for function in template.functions)
    return [WARNING] if skips else []
