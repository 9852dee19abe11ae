"""Machine translation that keeps names, numbers and the words of the glossary.

Before: what must stay is put into `<span id="p1" translate="no">…</span>`. Both services leave such an element alone and
see the German word in it, which helps them with the sentence around it. Afterwards the span gives way to the name or to
the term, whatever stands in it, and the result is checked.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.models.enums import TextState
from portal.translating.facts import FactKind, added_tags, control_characters, find_facts, numbers
from portal.translating.glossary import Glossary
from portal.translating.providers import Provider
from portal.translating.units import Unit


@dataclass(frozen=True)
class Translated:
    """One answer. `target` is empty where the translation cannot be used; then a problem says why."""

    unit: Unit
    target: str
    problems: list[str] = field(default_factory=list)
    """German sentences for the editor."""

    @property
    def state(self) -> TextState:
        """Always MACHINE: only a person can say that a person has checked a text."""
        return TextState.MACHINE


@dataclass(frozen=True)
class Part:
    """What is protected in one line."""

    text: str
    """As it stands in the German text."""
    replacement: str
    """What has to stand in the translation: the same again, or the glossary's term."""
    spaced: tuple[bool, bool]
    """Whether white space stands before and after it."""


@dataclass(frozen=True)
class Line:
    """One line, ready to be sent."""

    source: str
    html: str
    parts: list[Part]
    """The first one is in the span "p1"."""
    hints: list[str]
    """What an editor should look at, whatever comes back."""


def translate_units(
    units: Sequence[Unit], provider: Provider, glossary: Glossary, names: Sequence[str], target: str
) -> list[Translated]:
    """Translate the German texts of the units; the answers are in their order. Units without text give an empty answer.

    Line breaks stay where they are, because each line is sent as a text of its own. `names` are the proper names that
    must not be translated. Raises ProviderError; then nothing is translated.
    """
    lines = {line: protect(line, glossary, names, target) for unit in units for line in unit.source.splitlines()}
    # Nothing is left to translate in an empty line, a phone number, or a title that is one term of the glossary.
    sent = [line for line in lines.values() if _open_words(line)]
    answers = provider.translate([line.html for line in sent], "de", target) if sent else []
    answered = {line.source: answer for line, answer in zip(sent, answers, strict=True)}
    return [_translated(unit, lines, answered) for unit in units]


def _translated(unit: Unit, lines: dict[str, Line], answered: dict[str, str]) -> Translated:
    target, untranslated = "", ""
    hints: list[str] = []
    broken: list[str] = []
    for whole in unit.source.splitlines(keepends=True):
        line = lines[whole.splitlines()[0]]
        text, problems = restore(answered.get(line.source, line.html), line)
        end = whole[len(line.source) :]
        target += text + end
        untranslated += restore(line.html, line)[0] + end
        hints += line.hints
        broken += problems
    open_words = sum(_open_words(lines[line]) for line in unit.source.splitlines())
    broken += unusable(unit, target, untranslated, open_words)
    if broken:
        return Translated(unit, "", list(dict.fromkeys(broken)))
    return Translated(unit, target, list(dict.fromkeys(hints + doubtful(unit, target, untranslated))))


# --- Before ---

_MARKS = 0xE000
"""Characters for private use stand for the parts while a text is put together: they are in no text."""
_MAX_PARTS = 6000


class _Spot(NamedTuple):
    start: int
    end: int
    replacement: str
    is_term: bool
    is_name: bool


def protect(line: str, glossary: Glossary, names: Sequence[str], target: str) -> Line:
    """One line of a German text as the HTML that is sent. Names win over terms, and the longer part over the shorter."""
    facts = find_facts(line, names)
    spots = [_Spot(fact.start, fact.end, fact.text, False, fact.kind is FactKind.NAME) for fact in facts]
    hints = []
    for found in glossary.find(line, target):
        # „Bildung und Teilhabe“ in quotation marks is still the term.
        spots = [spot for spot in spots if spot.is_name or spot.replacement[1:-1] != found.text]
        rivals = [spot for spot in spots if spot.start < found.end and spot.end > found.start]
        if any(spot.is_name or spot.end - spot.start >= found.end - found.start for spot in rivals):
            continue
        term = _capital(found.term, target) if _starts_sentence(line[: found.start]) else found.term
        spots = [spot for spot in spots if spot not in rivals] + [_Spot(found.start, found.end, term, True, False)]
        if found.unsure:
            hints.append(f"„{found.term}“ für „{found.text}“ ist im Glossar noch nicht sicher. Bitte prüfen.")
        if found.plural:
            hints.append(f"„{found.text}“ wurde mit „{found.term}“ übersetzt. Bitte die Form prüfen.")
    return _with_spans(line, sorted(spots)[:_MAX_PARTS], hints)


def _with_spans(line: str, spots: Iterable[_Spot], hints: list[str]) -> Line:
    pieces: list[str] = []
    parts: list[Part] = []
    position = 0
    for spot in spots:
        spaced = (line[: spot.start][-1:].isspace(), line[spot.end : spot.end + 1].isspace())
        parts.append(Part(line[spot.start : spot.end], spot.replacement, spaced))
        pieces.append(html.escape(line[position : spot.start], quote=False))
        pieces.append(f'<span id="p{len(parts)}" translate="no">{html.escape(parts[-1].text, quote=False)}</span>')
        position = spot.end
    pieces.append(html.escape(line[position:], quote=False))
    return Line(line, "".join(pieces), parts, hints)


def _starts_sentence(before: str) -> bool:
    return re.search(r"(?:^|[.!?…:]\s)[\s„“«»\"'(–-]*$", before[-20:]) is not None


def _capital(text: str, language: str) -> str:
    first = "İ" if language == "tr" and text.startswith("i") else text[:1].upper()
    return first + text[1:]


# --- Afterwards ---

_SPAN = re.compile(r"<\s*span\b[^<>]*?\bid\s*=\s*[\"'“”]?\s*p(\d{1,5})\b[^<>]*>([^<]*)<\s*/\s*span\s*>", re.I)


def restore(answer: str, line: Line) -> tuple[str, list[str]]:
    """Put the parts back into what the service sent. The problems are those that make the text unusable.

    Repaired are: a span that was lost while its word stayed, one that came twice in a row, and lost spaces around it.
    """
    text = _with_marks(answer, len(line.parts))
    text = re.sub(r"([\ue000-\uf8ff])(?:\s*\1)+", r"\1", text)
    problems = []
    for number, part in enumerate(line.parts):
        mark = chr(_MARKS + number)
        if mark not in text:
            text = _marked_word(text, part, mark)
        if (times := text.count(mark)) != 1:
            what = "fehlt" if times == 0 else "steht mehrfach"
            problems.append(
                f"„{part.replacement}“ {what} in der automatischen Übersetzung. Sie wurde deshalb verworfen."
            )
    indent = line.source[: len(line.source) - len(line.source.lstrip())]
    trail = line.source[len(line.source.rstrip()) :] if line.source.strip() else ""
    return indent + _without_marks(text, line.parts).strip() + trail, problems


def _with_marks(answer: str, parts: int) -> str:
    """Each span as one character, everything else without escapes."""
    clean = re.sub(r"[\ue000-\uf8ff]", "", answer)
    pieces: list[str] = []
    position = 0
    for match in _SPAN.finditer(clean):
        pieces.append(html.unescape(clean[position : match.start()]))
        number = int(match[1]) - 1
        # A span that was never sent is only its words.
        pieces.append(chr(_MARKS + number) if 0 <= number < parts else html.unescape(match[2]))
        position = match.end()
    return "".join([*pieces, html.unescape(clean[position:])])


def _marked_word(text: str, part: Part, mark: str) -> str:
    """The mark in the place of the word itself, where the service has dropped only the span around it."""
    for word in dict.fromkeys([part.replacement, part.text]):
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.I)
        if pattern.search(text):
            return pattern.sub(mark, text, count=1)
    return text


def _without_marks(text: str, parts: list[Part]) -> str:
    result, space_due = "", False
    for piece in re.split(r"([\ue000-\uf8ff])", text):
        part = parts[ord(piece) - _MARKS] if re.fullmatch(r"[\ue000-\uf8ff]", piece) else None
        space_due = space_due or (part is not None and part.spaced[0] and result[-1:].isalnum())
        if space_due and (part is not None or piece[:1].isalnum()):
            result += " "
        if piece:
            result += part.replacement if part else piece
            space_due = part is not None and part.spaced[1]
    return result


# --- Checks ---


def unusable(unit: Unit, target: str, untranslated: str, open_words: int) -> list[str]:
    """Why a text cannot be offered to an editor.

    `untranslated` is the German text with the terms put in, `open_words` how many of its words were to be translated.
    """
    if not unit.source.strip():
        return []
    if not target.strip():
        return ["Der Übersetzungsdienst hat keinen Text geschickt."]
    problems = [
        f"In der automatischen Übersetzung steht fremdes HTML (<{tag}>)." for tag in added_tags(unit.source, target)
    ]
    if control_characters(target):
        problems.append("In der automatischen Übersetzung stehen unsichtbare Steuerzeichen.")
    if open_words > 3 and _letters(target) == _letters(untranslated):
        problems.append("Der Übersetzungsdienst hat den Text auf Deutsch zurückgeschickt.")
    return problems


def doubtful(unit: Unit, target: str, untranslated: str) -> list[str]:
    """What an editor should look at before publishing."""
    problems = []
    lost, new = numbers(untranslated) - numbers(target), numbers(target) - numbers(untranslated)
    if lost:
        problems.append(f"Diese Zahlen fehlen in der Übersetzung: {', '.join(_listed(lost))}.")
    if new:
        problems.append(f"Diese Zahlen stehen nur in der Übersetzung: {', '.join(_listed(new))}.")
    if len(target) > 3 * len(unit.source) + 20:
        problems.append("Die Übersetzung ist auffällig lang.")
    if unit.max_length is not None and len(target) > unit.max_length:
        problems.append(f"Die Übersetzung ist zu lang: {len(target)} Zeichen, erlaubt sind {unit.max_length}.")
    return problems


def _open_words(line: Line) -> int:
    return len(re.findall(r"[^\W\d_]+", html.unescape(_SPAN.sub(" ", line.html))))


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _listed(found: Counter[str]) -> list[str]:
    return sorted(found.elements(), key=lambda number: (len(number), number))[:10]
