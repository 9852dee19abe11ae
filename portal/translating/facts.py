"""What must read the same in every language: phone numbers, addresses, times, amounts, names. And what must not be in a text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"
    NAME = "name"
    QUOTED = "quoted"
    PLACE = "place"
    TIME = "time"
    DATE = "date"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Fact:
    """Characters `start` to `end` of a German text."""

    kind: FactKind
    start: int
    end: int
    text: str


_STREET = (
    r"(?:[A-ZÄÖÜ][\wäöüß.]{0,30}-){0,4}[A-ZÄÖÜ]\w{0,40}"
    r"(?:straße|str\.|weg|platz|allee|gasse|ring|ufer|damm|markt)\s\d{1,4}(?:\s?[a-z])?(?!\w)"
)
_DOMAIN = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:de|org|com|net|eu|info|example)\b(?:/[\w/.-]*\w)?"
_THOUSANDS = r"\d{1,3}(?:\.\d{3})"
# Repetitions have an upper bound: a field full of one letter must not take minutes.
_PATTERNS = {
    FactKind.EMAIL: re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"),
    FactKind.WEB: re.compile(rf"(?:https?://|www\.)[^\s<>\"„“”«»]{{0,500}}[\w/]|(?<![\w.@-]){_DOMAIN}"),
    FactKind.DATE: re.compile(r"(?<![\d.])\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4}|\d{2})?(?!\d)"),
    FactKind.PHONE: re.compile(
        r"(?<![\w.,:])(?:\+\d{1,3}[ /-]?(?:\(0\) ?)?|0|\(0)\d[\d /()–-]{3,18}\d(?!\w)"
        r"|(?<![\d.,])(?:116 ?\d{3}|11[025]|19 ?240)(?![\d.,]\d|\d)"
    ),
    FactKind.TIME: re.compile(r"(?<![\d.:])(?:[01]?\d|2[0-3])[:.][0-5]\d(?![\d.])"),
    FactKind.AMOUNT: re.compile(
        rf"(?<![\d.,])(?:{_THOUSANDS}{{0,3}}(?:,\d{{1,2}})?\s?€|{_THOUSANDS}{{1,3}}(?:,\d{{1,2}})?(?!\d)|\d{{1,6}},\d{{1,2}}(?![\d,]))"
    ),
    FactKind.PLACE: re.compile(rf"(?<!\w){_STREET}|(?<!\d)\d{{5}}\s[A-ZÄÖÜ][\wäöüß-]{{1,40}}"),
    FactKind.QUOTED: re.compile(r"«[^«»\n]+»|»[^«»\n]+«|‹[^‹›\n]+›|[„“](?:[^\s„“”.!?]+\s){0,2}[^\s„“”.!?]+[“”]"),
}
"""More than three words in „…“ are not a fact: what a family can say on the phone has to be translated."""


def find_facts(text: str, names: Sequence[str] = ()) -> list[Fact]:
    """The facts of a German text in the order of the text; they do not overlap, names win, then the longer one wins.

    `names` are the proper names that matter for the text: organizations, places, streets, people. They are found as
    whole words, also with the s of the genitive. A name that is also an everyday word ("Mitte") is found as that word too.
    """
    found = [_fact(FactKind.NAME, match) for match in _names_pattern(names).finditer(text)] if any(names) else []
    for kind, pattern in _PATTERNS.items():
        found.extend(_fact(kind, match) for match in pattern.finditer(text))
    chosen: list[Fact] = []
    taken = bytearray(len(text))
    for fact in sorted(found, key=lambda fact: (fact.kind is not FactKind.NAME, fact.start - fact.end, fact.start)):
        if not any(taken[fact.start : fact.end]):
            taken[fact.start : fact.end] = b"\x01" * (fact.end - fact.start)
            chosen.append(fact)
    return sorted(chosen, key=lambda fact: fact.start)


def _fact(kind: FactKind, match: re.Match[str]) -> Fact:
    group = "name" if kind is FactKind.NAME else 0
    return Fact(kind, match.start(), match.end(), match[group])


def _names_pattern(names: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({name.strip() for name in names if name.strip()}, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?P<name>{'|'.join(map(re.escape, longest_first))})s?(?!\w)")


_KEPT_BY_PEOPLE = {FactKind.PHONE, FactKind.EMAIL, FactKind.WEB, FactKind.NAME}
"""A person who translates may write "4 pm" for "16 Uhr", but never another phone number."""


def missing_facts(source: str, target: str, names: Sequence[str] = (), *, strict: bool = False) -> list[str]:
    """Facts of the German text that the translation has lost, as they stand in German.

    Phone numbers, addresses and names; `strict` asks for all kinds of facts. Digits of every script count as digits,
    the spaces in a phone number do not matter.
    """
    haystack, digits = _plain(target), only_digits(target)
    lost: list[str] = []
    for fact in find_facts(source, names):
        if fact.text in lost or not (strict or fact.kind in _KEPT_BY_PEOPLE):
            continue
        needle = only_digits(fact.text) if fact.kind is FactKind.PHONE else _plain(fact.text)
        if needle not in (digits if fact.kind is FactKind.PHONE else haystack):
            lost.append(fact.text)
    return lost


def _plain(text: str) -> str:
    return " ".join(_western(unicodedata.normalize("NFC", text)).casefold().split())


def _western(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def only_digits(text: str) -> str:
    """All digits in a row, those of every script as 0 to 9."""
    return "".join(sign for sign in _western(text) if sign in "0123456789")


_SPACE_IN_NUMBER = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))")


def numbers(text: str) -> Counter[str]:
    """How often each run of digits stands in a text: "12,50 Euro" and "€12.50" have the same numbers, 12 and 50."""
    joined = _SPACE_IN_NUMBER.sub(" ", _western(text))
    return Counter(re.findall(r"[0-9]+", joined))


_TAG = re.compile(r"<\s{0,5}[/!?]?\s{0,5}([a-zA-Z][\w-]*|--)")


def added_tags(source: str, target: str) -> list[str]:
    """Names of HTML tags that the translation has and the German text has not (or has less often)."""
    had = Counter(name.lower() for name in _TAG.findall(source))
    has = Counter(name.lower() for name in _TAG.findall(target))
    return sorted(has - had)


def control_characters(text: str) -> bool:
    """Whether there are signs that no text needs: controls but for line breaks and tab, and lone halves of characters."""
    return any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\r\t" for sign in text)
