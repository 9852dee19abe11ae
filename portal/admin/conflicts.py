"""Two people at one form: what the other one has saved is shown beside what was typed, and the second one chooses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import Form

from portal.editing.descriptions import fingerprint


def show_conflict(
    form: Form, now: Any, labels: Mapping[str, str], **words: Mapping[Any, str]
) -> tuple[str, list[tuple[str, str]]]:
    """The base for the next try, and what differs: the German name of the field and what is saved there now.

    `words` has the German words for the values of a field that is chosen.
    """
    different = [
        (label, _shown(getattr(now, name), words.get(name, {})))
        for name, label in labels.items()
        if _plain(getattr(now, name)) != _plain(form[name].data)
    ]
    return fingerprint(now), different


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(item) for item in value)
    return "" if value is None else value


def _shown(value: Any, words: Mapping[Any, str]) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(sorted(str(words.get(item, item)) for item in value)) or "(leer)"
    return str(words.get(value, "(leer)" if value in (None, "") else value))
