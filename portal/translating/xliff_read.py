"""Translations that come back from an agency, in XLIFF 1.2, 2.0 or 2.1. Every text is checked against what was sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from portal.models.enums import TextState
from portal.translating.facts import added_tags, control_characters, missing_facts
from portal.translating.units import Unit

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 10 * 1024 * 1024
_MAX_PROBLEMS = 500
_MAX_TEXT = 20_000
"""Characters; or four times what the German text has, where that is more."""
_NAMESPACES = {"urn:oasis:names:tc:xliff:document:1.2": "1.2", "urn:oasis:names:tc:xliff:document:2.0": "2"}
_TRANSPARENT = {"g", "mrk", "pc"}
"""Marks around words of the text. All other elements stand for something that our texts do not have."""
_DONE = {"translated", "signed-off", "final", "reviewed"}
_TO_CHECK = {"needs-review-adaptation", "needs-review-l10n", "needs-review-translation"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


class XliffError(Exception):
    """The file as a whole cannot be used. The message is one German sentence for the editor."""


@dataclass
class XliffResult:
    """What came back. Nothing is saved here; each key is in one of the two lists at most."""

    accepted: list[tuple[str, str]] = field(default_factory=list)
    """Key and text, finished and checked: the work of a person."""
    outdated: list[tuple[str, str]] = field(default_factory=list)
    """Key and text of good translations of a German text that has changed since the export."""
    sources: dict[str, str] = field(default_factory=dict)
    """The German text of the file, by key, of those in `outdated`."""
    problems: list[str] = field(default_factory=list)
    """German sentences that begin with the key; texts that were not accepted are in none of the lists."""
    unfinished: list[str] = field(default_factory=list)
    """Those of `problems` that only say that a text is still to be done: they come last, and often they are many."""


@dataclass(frozen=True)
class _Entry:
    key: str
    source: str
    target: str
    state: str
    foreign: str = ""
    """An element in the target that is neither text nor a mark around text."""


def read_xliff(data: bytes, known: Mapping[str, Unit], target_lang: str, names: Sequence[str] = ()) -> XliffResult:
    """Check a returned file against the units as they are now.

    `known` holds the units by key, in the language `target_lang`; `names` the proper names that must stay in the texts.
    Raises XliffError where the file is too large, not XLIFF, unsafe, or of another language; nothing else.
    """
    root = _parse(data)
    result = XliffResult()
    seen: set[str] = set()
    for entry in _entries(root, target_lang):
        if entry.key in seen:
            result.problems.append(
                f"{entry.key}: Der Text kommt in der Datei mehr als einmal vor. Nur der erste zählt."
            )
            continue
        seen.add(entry.key)
        _take(entry, known.get(entry.key), names, result)
    if len(result.problems) > _MAX_PROBLEMS:
        more = len(result.problems) - _MAX_PROBLEMS
        result.problems[_MAX_PROBLEMS:] = [f"Und {more} weitere Hinweise."]
    result.problems += result.unfinished
    return result


def _take(entry: _Entry, unit: Unit | None, names: Sequence[str], result: XliffResult) -> None:
    """Put one text into the list where it belongs, with the sentences about it."""
    if unit is None:
        result.problems.append(f"{entry.key[:120]}: Diesen Text gibt es hier nicht (mehr).")
        return
    if todo := _unfinished(entry, unit):
        result.unfinished.append(f"{entry.key}: {todo}")
        return
    changed = _normal(entry.source) != _normal(unit.source)
    # The translator saw the German text of the file: that is what the translation is held against.
    problems = _text_problems(entry, unit, entry.source if changed else unit.source, names)
    if problems:
        result.problems.extend(f"{entry.key}: {problem}" for problem in problems)
    elif changed:
        result.outdated.append((entry.key, entry.target))
        result.sources[entry.key] = entry.source
        result.problems.append(f"{entry.key}: Der deutsche Text wurde seitdem geändert.")
    else:
        result.accepted.append((entry.key, entry.target))


def _text_problems(entry: _Entry, unit: Unit, source: str, names: Sequence[str]) -> list[str]:
    target = entry.target
    if max(len(target), len(source)) > max(_MAX_TEXT, 4 * len(unit.source)):
        return ["Der Text ist viel zu lang."]
    problems = []
    if entry.foreign:
        problems.append(
            f"In der Übersetzung steht eine Formatierung (<{entry.foreign}>), die es im Deutschen nicht gibt."
        )
    if unit.max_length is not None and len(target) > unit.max_length:
        problems.append(f"Die Übersetzung ist zu lang: {len(target)} Zeichen, erlaubt sind {unit.max_length}.")
    if control_characters(target):
        problems.append("In der Übersetzung stehen unsichtbare Steuerzeichen.")
    problems += [
        f"In der Übersetzung steht HTML (<{tag}>), das es im Deutschen nicht gibt."
        for tag in added_tags(source, target)
    ]
    problems += [f"In der Übersetzung fehlt: {fact}." for fact in missing_facts(source, target, names)]
    return problems


def _unfinished(entry: _Entry, unit: Unit) -> str:
    """Agencies return whole files: what nobody touched must not come back as the work of a person."""
    if not entry.target.strip():
        return "Die Übersetzung ist leer."
    if entry.state in _DONE:
        return ""
    if entry.state in _TO_CHECK:
        return "Die Übersetzung ist als „noch zu prüfen“ markiert."
    untouched = _normal(entry.target) == _normal(unit.target)
    if untouched and unit.state in {TextState.MACHINE, TextState.OUTDATED}:
        return "Die Übersetzung ist noch nicht bearbeitet."
    return ""


def _normal(text: str) -> str:
    """Line breaks may come back in another form, and XML cannot hold control characters."""
    return _CONTROLS.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")).strip()


# --- The file ---


def _parse(data: bytes) -> Element:
    if len(data) > MAX_BYTES:
        raise XliffError("Die Datei ist größer als 10 MB.")
    try:
        root = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise XliffError(
            "Die Datei enthält eine DTD oder eigene Entitäten; das ist aus Gründen der Sicherheit nicht erlaubt."
        ) from None
    except (ParseError, ValueError, LookupError):
        raise XliffError("Die Datei ist kein gültiges XML. Vielleicht ist sie beschädigt oder noch gepackt.") from None
    if _name(root) != "xliff" or _version(root) is None:
        raise XliffError("Die Datei ist kein XLIFF in Version 1.2, 2.0 oder 2.1.")
    return root


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _version(root: Element) -> str | None:
    return _NAMESPACES.get(root.tag.rpartition("}")[0].lstrip("{"))


def _entries(root: Element, target_lang: str) -> Iterator[_Entry]:
    if _version(root) == "2":
        _check_languages(root.get("srcLang"), root.get("trgLang"), target_lang)
        return (_entry_2(element) for element in root.iter() if _name(element) == "unit")
    files = [element for element in root if _name(element) == "file"]
    for file in files:
        _check_languages(file.get("source-language"), file.get("target-language"), target_lang)
    return (_entry_1(element) for file in files for element in file.iter() if _name(element) == "trans-unit")


def _check_languages(source: str | None, target: str | None, wanted: str) -> None:
    if not source or source.split("-")[0].lower() != "de":
        raise XliffError(f"Die Datei übersetzt nicht aus dem Deutschen, sondern aus „{(source or 'unbekannt')[:20]}“.")
    if not target or target.split("-")[0].lower() != wanted.split("-")[0].lower():
        raise XliffError(f"Die Datei enthält die Sprache „{(target or 'unbekannt')[:20]}“, erwartet wurde „{wanted}“.")


def _entry_1(unit: Element) -> _Entry:
    source, target = _child(unit, "source"), _child(unit, "target")
    state = (target.get("state") or "") if target is not None else ""
    return _Entry(
        key=unit.get("resname") or unit.get("id") or "?",
        source=_text_of(source),
        target=_text_of(target),
        state=state or ("final" if unit.get("approved") == "yes" else ""),
        foreign=_foreign(target),
    )


def _entry_2(unit: Element) -> _Entry:
    """A unit of 2.x may have been cut into segments; what lies between them may have no target, then the source stands."""
    parts = [part for part in unit.iter() if _name(part) in {"segment", "ignorable"}]
    segments = [part for part in parts if _name(part) == "segment"]
    targets = [_child(part, "target") for part in _in_order(parts)]
    complete = all(_text_of(_child(part, "target")).strip() for part in segments)
    sources = [_text_of(_child(part, "source")) for part in _in_order(parts)]
    texts = [
        _text_of(target) if target is not None else source for target, source in zip(targets, sources, strict=True)
    ]
    states = {part.get("state") or "initial" for part in segments}
    return _Entry(
        key=unit.get("name") or unit.get("id") or "?",
        source="".join(_text_of(_child(part, "source")) for part in parts),
        target="".join(texts) if complete else "",
        state="final" if states <= _DONE else "initial",
        foreign=next((name for target in targets if (name := _foreign(target))), ""),
    )


def _in_order(parts: list[Element]) -> list[Element]:
    """Translators may change the order of sentences: `order` on a target is its place, counted from 1."""
    placed = [(_child(part, "target"), number) for number, part in enumerate(parts, start=1)]
    orders = [(target.get("order") or "") if target is not None else "" for target, _ in placed]
    places = [
        int(order) if order.isdecimal() and len(order) < 9 else number
        for order, (_, number) in zip(orders, placed, strict=True)
    ]
    return [part for _, part in sorted(zip(places, parts, strict=True), key=lambda pair: pair[0])]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None)


def _text_of(element: Element | None) -> str:
    return "".join(element.itertext()) if element is not None else ""


def _foreign(element: Element | None) -> str:
    if element is None:
        return ""
    return next(
        (name for child in element.iter() if child is not element and (name := _name(child)) not in _TRANSPARENT), ""
    )
