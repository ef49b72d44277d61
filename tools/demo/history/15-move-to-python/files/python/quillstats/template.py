"""Fill placeholders in text."""

import re
from functools import lru_cache

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
    for before, keys, convert in _compile(template):
        parts.append(before)
        if keys is not None:
            value = values
            for key in keys:
                if not isinstance(value, dict) or key not in value:
                    raise MissingValue(".".join(keys))
                value = value[key]
            parts.append(convert(str(value)))
    return "".join(parts)


@lru_cache(maxsize=64)
def _compile(template):
    """The placeholders of `template`, each with the text before it; the text after the last comes without keys."""
    steps = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        name, filter_name = match.groups()
        if filter_name is not None and filter_name not in _FILTERS:
            raise ValueError(f"there is no filter {filter_name}")
        steps.append((template[end : match.start()], name.split("."), _FILTERS.get(filter_name, str)))
        end = match.end()
    return [*steps, (template[end:], None, None)]
