"""Texts for a translation agency as an XLIFF 1.2 file, the version that every translation program reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from portal.models.enums import TextState
from portal.translating.facts import FactKind, find_facts
from portal.translating.units import Unit
from portal.translating.xliff_read import XliffError, XliffResult, read_xliff

__all__ = ["XliffError", "XliffResult", "read_xliff", "write_xliff"]

_STATES = {
    None: 'state="needs-translation"',
    TextState.OUTDATED: 'state="needs-translation"',
    TextState.MACHINE: 'state="needs-review-translation" state-qualifier="mt-suggestion"',
    TextState.HUMAN: 'state="final"',
}
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNCHANGED = {FactKind.PHONE, FactKind.EMAIL, FactKind.WEB}


def write_xliff(
    units: Iterable[Unit], *, source_lang: str = "de", target_lang: str, original: str, today: date
) -> bytes:
    """The file, UTF-8. `original` says where the texts come from ("Familienlotse Beispielstadt").

    Units in state SOURCE or without a German text are left out. Characters that XML cannot hold (controls) are left out
    of the texts. Names and numbers to keep are not marked up but listed in a note: marks get lost in many programs, and
    `read_xliff` checks the texts themselves.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">',
        f"<file original={_attribute(original)} source-language={_attribute(source_lang)}"
        f' target-language={_attribute(target_lang)} datatype="plaintext" date="{today.isoformat()}T00:00:00Z">',
        "<body>",
    ]
    lines += [_unit(unit) for unit in units if unit.source.strip() and unit.state is not TextState.SOURCE]
    lines += ["</body>", "</file>", "</xliff>", ""]
    return "\n".join(lines).encode()


def _unit(unit: Unit) -> str:
    key = _attribute(unit.key)
    width = f' maxwidth="{unit.max_length}" size-unit="char"' if unit.max_length is not None else ""
    approved = ' approved="yes"' if unit.state is TextState.HUMAN else ""
    note = _note(unit)
    return (
        f'<trans-unit id={key} resname={key} xml:space="preserve"{width}{approved}>'
        f"<source>{_text(unit.source)}</source>"
        f"<target {_STATES[unit.state]}>{_text(unit.target)}</target>"
        + (f'<note from="Redaktion" xml:lang="de">{_text(note)}</note>' if note else "")
        + "</trans-unit>"
    )


def _note(unit: Unit) -> str:
    parts = [unit.note] if unit.note else []
    if unit.max_length is not None:
        parts.append(f"Höchstens {unit.max_length} Zeichen.")
    if unit.state is TextState.OUTDATED:
        parts.append("Der deutsche Text wurde geändert. Die Übersetzung hier ist die alte.")
    kept = [fact.text for fact in find_facts(unit.source) if fact.kind in _UNCHANGED]
    if kept:
        parts.append(f"Bitte unverändert lassen: {', '.join(dict.fromkeys(kept))}.")
    return " ".join(parts)


def _text(text: str) -> str:
    # A bare carriage return would come back as a line feed.
    return escape(_NOT_XML.sub("", text), {"\r": "&#13;"})


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
