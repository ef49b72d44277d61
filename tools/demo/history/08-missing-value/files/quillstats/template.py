"""Fill placeholders in text."""

import re

from quillstats.normalise import normalise

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*(?:\|\s*([a-z]+)\s*)?\}\}")


class MissingValue(KeyError):
    """The template asks for a name that has no value."""

    def __init__(self, name):
        super().__init__(f"the template asks for {name}, which has no value")
        self.name = name


_FILTERS = {
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "normalise": normalise,
}


def render(template, values):
    """`template` with each `{{ name }}` or `{{ name | filter }}` replaced; dots reach into dictionaries."""
    parts = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        name, filter_name = match.groups()
        value = values
        for key in name.split("."):
            if not isinstance(value, dict) or key not in value:
                raise MissingValue(name)
            value = value[key]
        text = str(value)
        if filter_name is not None:
            if filter_name not in _FILTERS:
                raise ValueError(f"there is no filter {filter_name}")
            text = _FILTERS[filter_name](text)
        parts.append(template[end : match.start()])
        parts.append(text)
        end = match.end()
    parts.append(template[end:])
    return "".join(parts)
