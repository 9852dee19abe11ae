"""Sentences and words of a German text, with their places in it.

Places are character offsets into the text as it was typed. Layout ends no sentence: blank lines, line breaks,
bullet marks and headings are read
as spaces, so nobody makes a text easier by cutting its sentences into lines. The one exception is an honest list
(see `_list_items`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"
"""Soft hyphens and their kind stand inside words and change nothing."""

_MARKS = f"{_INVISIBLE}\u0300-\u036f"
_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb"
"""The Mediopunkt and what looks like it: between two letters they are part of the word."""

_LETTER = rf"[^\W_][{_MARKS}]*"
_TOKEN = re.compile(rf"{_LETTER}(?:(?:[{_DOTS}'’*:-]|,(?=\d)|\.(?=\d|[a-zäöüß]|\w\b))?{_LETTER})*|[^\w\s{_MARKS}]")
_HIDDEN = re.compile(rf"[{_INVISIBLE}]|(?<=\w)[{_DOTS}](?=\w)")
_JOINTS = re.compile(rf"[{_MARKS}{_DOTS}*:]")
_PARTS = re.compile(r"[^\W\d_]+")

_BULLET = r"[ \t]*(?:[-–—*+>#•·▪◦‣●○■✓✔→]+|\d{1,2}[.)]|[a-zA-Z]\))(?=[ \t]|$)"
_LINE_MARK = re.compile(rf"^{_BULLET}", re.M)
_ITEM = re.compile(rf"{_BULLET}[ \t]*(?P<item>.*)")
MAX_ITEM_WORDS = 8

_ENDS = frozenset(".!?…")
_ABBREVIATIONS = frozenset(
    "abs art bzgl bzw ca chr dez dr ebd etc evtl ff geb ggf inkl insb jan feb apr jh jhd kath lt max min mind mio"
    " mrd mr mrs nov nr okt prof"
    " sept sog st std str tel u.a usw v.chr vgl z.b zzgl".split()
)
_STARTERS = frozenset(
    "aber alle alles als am an auch auf aus außerdem bei beide bitte da dabei dafür damit danach dann daran darum"
    " das dazu dem den denn der deshalb"
    " die dies diese dieser dieses dort du durch ein eine einen einer einige er es euer eure für hier ich ihr ihre"
    " im in ist jede jeder jedes jetzt"
    " kein keine man manche mein mit nach nicht niemand noch nun nur ob oder ohne sein seine seit sie so sobald"
    " solche trotzdem um und unser"
    " unsere viele vom von vor wann warum was weil wenn wer wie wir wo zu zum zur zwei".split()
)
"""Words that seldom follow an abbreviation within a sentence: „v. Chr. Die …“ is a new one, „v. Chr. Rom“ is not."""

_MONTHS = frozenset("januar februar märz april mai juni juli august september oktober november dezember".split())
_BEFORE_ORDINALS = frozenset(
    " am im vom zum zur beim der die das den dem des ein eine einen einem einer ihr ihre ihren ihrem ihrer sein"
    " seine seinen seinem euer euren"
    " eurem dein deine deinen deinem mein meinen meinem unser unserem jeder jede jeden jedem kein keinen".split(" ")
)
"""„am 18. Geburtstag“ goes on, „unter 3. Werken …“ has ended. The empty word: the text begins with the number."""


class Token(NamedTuple):
    """A word or a mark. `text` is the word without what is invisible, `start` and `end` its place in the text."""

    text: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True)
class Sentence:
    """Tokens up to the end of the sentence; at least one of them is a word."""

    tokens: tuple[Token, ...]

    @cached_property
    def words(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.is_word)

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end


def parts(word: str) -> list[str]:
    """The runs of letters in a word: „Eltern-Kind-Gruppe“ has three, „13“ none."""
    return _PARTS.findall(word)


def without_invisible(text: str) -> tuple[str, range | list[int]]:
    """The text without soft hyphens, Mediopunkt within words and the like, and for each character that is left its
    place in the text."""
    hidden = {match.start() for match in _HIDDEN.finditer(text)}
    if not hidden:
        return text, range(len(text))
    places = [place for place in range(len(text)) if place not in hidden]
    return "".join(text[place] for place in places), places


def split(text: str) -> list[Sentence]:
    """The sentences of a text, in order. A text without a word has none."""
    breaks = _list_items(text)
    # Marks at the beginning of a line become spaces, so that all places stay.
    tokens = _tokens(_LINE_MARK.sub(lambda mark: " " * len(mark[0]), text))
    sentences: list[Sentence] = []
    begin = 0
    for place, token in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if following is None or _ends_here(tokens, place) or _any_between(breaks, token.end, following.start):
            chunk = tuple(tokens[begin : place + 1])
            begin = place + 1
            if any(each.is_word for each in chunk):
                sentences.append(Sentence(chunk))
    return sentences


def _tokens(text: str) -> list[Token]:
    return [Token(_clean(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _clean(word: str) -> str:
    if word.isascii() and word.isalnum():
        return word
    if not word[0].isalnum():
        return word
    composed = unicodedata.normalize("NFC", word)
    if composed[0].isdigit():
        return composed
    return _JOINTS.sub("", composed)


def _ends_here(tokens: list[Token], place: int) -> bool:
    mark, following = tokens[place], tokens[place + 1]
    if mark.text not in _ENDS or following.text in _ENDS or following.text[0].islower():
        return False
    if mark.text != "." or place == 0 or not tokens[place - 1].is_word:
        return True
    word = tokens[place - 1].text.lower()
    if word.isdigit():
        before = tokens[place - 2].text.lower() if place > 1 else ""
        return following.is_capital and not (before in _BEFORE_ORDINALS or following.text.lower() in _MONTHS)
    last = word.rpartition(".")[2]
    if len(last) == 1 or word in _ABBREVIATIONS or last in _ABBREVIATIONS:
        return following.is_capital and following.text.lower() in _STARTERS
    return True


def _any_between(places: list[int], low: int, high: int) -> bool:
    found = bisect_left(places, low)
    return found < len(places) and places[found] <= high


def _list_items(text: str) -> list[int]:
    """Where the items of honest lists begin, and where the text after them goes on.

    A list follows a line that ends in a colon, and every item can stand alone: marked, short, beginning with a
    capital or a figure and ending in a
    noun, a figure or a full stop. One item that does not is proof that somebody cut a sentence into pieces; then
    it is no list.
    """
    if ":" not in text or "\n" not in text:
        return []
    places: list[int] = []
    open_list: list[int] | None = None
    offset, after_colon = 0, False
    for line in text.split("\n"):
        item = _ITEM.fullmatch(line.rstrip("\r"))
        if line.strip() == "":
            pass
        elif item and (open_list is not None or after_colon):
            open_list = [] if open_list is None else open_list
            open_list.append(offset if _stands_alone(item["item"]) else -1)
        else:
            if open_list and min(open_list) >= 0 and len(open_list) > 1:
                places += [*open_list, offset]
            open_list = None
        if line.strip():
            after_colon = line.rstrip().endswith(":")
        offset += len(line) + 1
    if open_list and min(open_list) >= 0 and len(open_list) > 1:
        places += open_list
    return places


def _stands_alone(item: str) -> bool:
    tokens = _tokens(item)
    words = [token for token in tokens if token.is_word]
    if not words or len(words) > MAX_ITEM_WORDS or not (words[0].is_capital or words[0].text[0].isdigit()):
        return False
    last = words[-1]
    return tokens[-1].text in _ENDS or ((last.is_capital or last.text[0].isdigit()) and tokens[-1].text != ",")


def names_in(sentence: Sentence) -> set[int]:
    """The places (among its words) of what is most likely a name: two capitals in a row, „Two Medicine Lake“. The
    first word proves nothing."""
    words = sentence.words
    return {
        place
        for right in range(2, len(words))
        if words[right].is_capital and words[right - 1].is_capital
        for place in (right - 1, right)
    }
