"""Plain values as YAML that people read and git compares: texts as blocks, short lists in one line, keys in their order."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter

_WIDE = 10**6
"""No line is broken where its words change."""
_LONG = 80
_SHORT_LIST = 116
_NO_BLOCK = re.compile(r"^\s|[^\n\S]$|[^\n\S]\n|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]|\n\Z")
"""What a block cannot hold as it is: white space at its borders or at the end of a line, signs that nobody sees."""


class _Representer(SafeRepresenter):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(representer: SafeRepresenter, value: str) -> Any:
    block = ("\n" in value or len(value) > _LONG) and not _NO_BLOCK.search(value)
    style = "|" if block else ('"' if value.strip() and not value.isidentifier() else None)
    return representer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _list(representer: SafeRepresenter, value: list[Any]) -> Any:
    flat = all(isinstance(item, int | float) or (isinstance(item, str) and len(item) < 60) for item in value)
    short = flat and sum(len(str(item)) + 2 for item in value) < _SHORT_LIST
    return representer.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)


def _mapping(representer: SafeRepresenter, value: dict[str, Any]) -> Any:
    # As pairs: a mapping would be sorted.
    return representer.represent_mapping("tag:yaml.org,2002:map", list(value.items()), flow_style=not value)


_Representer.add_representer(str, _text)
_Representer.add_representer(list, _list)
_Representer.add_representer(dict, _mapping)


def plain(value: Any) -> Any:
    """A struct as YAML holds it: days stay days, codes are texts, what is as usual is left out."""
    return msgspec.to_builtins(value, builtin_types=(date,))


def yaml_text(value: Any) -> str:
    """YAML 1.2 of dicts, lists, texts, numbers, days and None."""
    yaml = YAML(typ="safe")
    yaml.Representer = _Representer
    yaml.width = _WIDE
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue()
