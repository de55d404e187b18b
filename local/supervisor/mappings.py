"""The template's event source mappings, checked before anything is started."""

from collections.abc import Mapping

from local.supervisor.errors import StartError
from local.template import Template


def check_mappings(template: Template) -> None:
    """Raise StartError, in one line, for a mapping that is none and for two that would share a group's entries."""
    from streams.errors import MappingError
    from streams.mapping import EventSourceMapping

    owners: dict[tuple[str, str], str] = {}
    for name, metadata in _mappings(template).items():
        try:
            mapping = EventSourceMapping.from_metadata(name, metadata)
        except MappingError as error:
            raise StartError(f"{template.path.name}: {error}") from error
        owner = owners.setdefault((mapping.stream, mapping.group), name)
        if owner != name:
            raise StartError(
                f"{template.path.name}: {name}: Group {mapping.group} of {mapping.stream} is {owner}'s already; "
                "each would see only part of the entries"
            )


def _mappings(template: Template) -> Mapping[str, Mapping[str, object]]:
    return {function.name: function.mapping for function in template.functions if function.mapping is not None}
