"""How a German sentence sounds, written in letters that a parent can read aloud: Ukrainian, Russian, Arabic.

German spelling is regular enough for rules: a word becomes a row of sounds, and a table a script writes them. It need not
be perfect: whoever answers the phone must understand it (docs/adr/0020 says what was weighed).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_VOWELS = frozenset("aeiouäöüy")
_LETTERS = "a-zäöüß"
_VOWEL_SOUNDS = frozenset({"a", "e", "ə", "i", "o", "u", "ö", "ü", "ei", "oi", "au"})

_RESPELLED = {
    # Words of other languages that every office uses, spelt as a German would spell what is said.
    "baby": "behbi", "team": "tiem", "café": "kaffeh", "cafe": "kaffeh", "jobcenter": "dschobßenter", "job": "dschob",
    "online": "onlein", "mail": "mehl", "coach": "kohtsch", "computer": "kompjuter", "chef": "schef", "shop": "schop",
    "chance": "schahnße", "chat": "tschet", "check": "tscheck", "handy": "hendi",
    "ukrain": "ukra'in",
    # "i" and "e" are two sounds here, and "ie" would be one.
    "famili": "famili'", "ferien": "feri'en", "medien": "medi'en", "serie": "seri'e", "linie": "lini'e", "patient": "pazi'ent",
    "klient": "kli'ent", "hygiene": "hügi'ene", "studien": "studi'en", "materiali": "materiali'", "prämie": "prämi'e",
    "museum": "muse'um", "beurteil": "be'urteil", "beurlaub": "be'urlaub",
    # "v" as in "was".
    "video": "wideo", "november": "nowember", "privat": "priwat", "univers": "uniwers", "klavier": "klawier",
    "veget": "weget", "vegan": "wegan", "virus": "wirus", "visum": "wisum", "präven": "präwen", "individu": "indiwidu",
    "evangel": "ewangel", "service": "sörwis",
    "advent": "adwent", "provis": "prowis", "vaku": "waku", "ventil": "wentil", "villa": "willa",
}  # fmt: skip
"""Parts of words, before the rules. An apostrophe keeps two letters apart."""

_HISS = (
    "sprach sprech sprich spräch spruch sprüch spiel sport spaß spaz spend spät spar spring sprung stadt städt stätt stand ständ "
    "steh stell stelle stund stück start stuhl stark stärk still stimm stütz stör stoff strom studi stift stuf straß stamm stab "
    "stop streit stress streich strick stern steuer sterb stipend"
).split()
"""What begins with "scht" or "schp" also in the middle of a word: Beratungsstelle, Kinderspiel."""
_PREFIXES = (
    "ge be ver zer ent er an auf aus ein vor um unter über zu ab mit bei nach weg hin her wieder zusammen".split()
)
_SPOKEN_H = tuple(
    "heit heim haus hilf halt hort hebamm hof haft hand herz höre hörd hör hind hier hau hol häus".split()
)
"""Where an "h" after a vowel begins a part of the word and is said."""
_FOREIGN = {"ç": "tsch", "ş": "sch", "ğ": "", "ı": "i", "ł": "l", "ø": "ö", "æ": "ä", "œ": "ö", "đ": "d", "ñ": "nj", "š": "sch",
            "č": "tsch", "ž": "sch", "ć": "tsch", "å": "o", "ð": "d", "þ": "t"}  # fmt: skip
_NAMES = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzäöü",
        "ah beh zeh deh eh eff geh ha ih jott kah ell emm enn oh peh kuh err ess teh uh fau weh iks üpsilon zett äh öh üh".split(),
        strict=True,
    )
)
_PLAIN = {"b": "b", "d": "d", "f": "f", "g": "g", "k": "k", "l": "l", "m": "m", "n": "n", "p": "p", "r": "r", "t": "t",
          "j": "j", "ß": "s", "w": "w", "v": "f", "a": "a", "o": "o", "u": "u", "i": "i", "ä": "e", "ö": "ö", "ü": "ü",
          "h": "h"}  # fmt: skip
_GROUPS = (
    ("tsch", ("tsch",)), ("dsch", ("dsch",)), ("sch", ("sch",)), ("tion", ("ts", "i", "o", "n")), ("ieh", ("i",)),
    ("ie", ("i",)), ("ei", ("ei",)), ("ai", ("ei",)), ("ey", ("ei",)), ("ay", ("ei",)), ("eu", ("oi",)), ("äu", ("oi",)),
    ("au", ("au",)), ("aa", ("a",)), ("oo", ("o",)), ("ck", ("k",)), ("tz", ("ts",)), ("zz", ("ts",)),
    ("dt", ("t",)), ("th", ("t",)), ("ph", ("f",)), ("qu", ("k", "w")), ("x", ("k", "s")), ("z", ("ts",)),
)  # fmt: skip
"""Letters that are said together, the longest first."""
_FAINT = re.compile(r"e(n|r|l|m|s|t|nd|rn|ln|ns|rs|st|nde|r?in)?$")
"""An ending in which the "e" is hardly heard."""


def phonetics(text: str, lang: str) -> str:
    """`text` as it sounds, in the letters of `lang` (uk, ru, ar); empty for a language with Latin letters.

    Digits, and letters that are no Latin ones, stay as they are; signs as well, but Arabic has a question mark of its own.
    """
    write = _SCRIPTS.get(lang)
    if write is None:
        return ""
    plain = unicodedata.normalize("NFC", text)
    if lang == "ar":
        plain = re.sub(r",(?=\s)", "،", plain).replace("?", "؟").replace(";", "؛")
    return re.sub(r"[^\W\d_]+", lambda match: _word(match[0], write, lang), plain)


def _word(word: str, write: Callable[[list[str]], str], lang: str) -> str:
    spelled = _latin(word)
    if spelled is None:
        return word
    if _is_abbreviation(word):
        return "-".join(write(sounds(_NAMES[letter])) for letter in spelled if letter in _NAMES) or word
    said = write(sounds(spelled))
    return said[:1].upper() + said[1:] if word[:1].isupper() and lang != "ar" else said


def _latin(word: str) -> str | None:
    """In small German letters; None where a letter is of another script."""
    letters = []
    for letter in word.lower():
        if letter in _FOREIGN:
            letters.append(_FOREIGN[letter])
        elif re.fullmatch(f"[{_LETTERS}é]", letter):
            letters.append(letter)
        else:
            base = unicodedata.normalize("NFKD", letter)[0]
            if not re.fullmatch("[a-z]", base):
                if "LATIN" not in unicodedata.name(letter, ""):
                    return None
                continue
            letters.append(base)
    return "".join(letters)


def _is_abbreviation(word: str) -> bool:
    """DRK and ADHS are said letter by letter, AWO and KITA are words."""
    small = word.lower()
    return (
        2 <= len(word) <= 5
        and word.isupper()
        and (not set(small) & _VOWELS or re.search(r"[^aeiouäöü]{3}", small) is not None)
    )


def sounds(word: str) -> list[str]:
    """A word in small letters as a row of sounds: the keys of the tables below. Two of a consonant stay two."""
    for part, said in _RESPELLED.items():
        word = word.replace(part, said)
    word = word.replace("é", "e")
    found: list[str] = []
    place = 0
    while place < len(word):
        heard, length = _next(word, place)
        found += heard
        place += length
    return found


def _next(word: str, at: int) -> tuple[tuple[str, ...], int]:
    """The sounds that begin here, and how many letters they take."""
    rest, letter = word[at:], word[at]
    before = word[at - 1] if at else ""
    if letter == "c":
        return _c(word, at)
    if letter == "s" and not rest.startswith("sch"):
        return _s(word, at)
    if (
        letter == "h"
        and before in _VOWELS
        and before
        and not rest.startswith(_SPOKEN_H)
        and not _after_prefix(word, at)
    ):
        return (), 1
    for letters, heard in _GROUPS:
        if rest.startswith(letters) and not (letters == "th" and rest.startswith(("thilf", "thaus", "theim", "thöh"))):
            return heard, len(letters)
    if letter == "e":
        return _e(word, at)
    if letter == "y":
        return _y(word, at)
    if rest.startswith("rh") and not at:
        return ("r",), 2
    if rest == "ig" and at:
        return ("i", "ch"), 2
    if letter == "v" and before == "i" and rest[1:2] in _VOWELS and rest[1:2]:
        return ("w",), 1
    return ((_PLAIN[letter],) if letter in _PLAIN else ()), 1


def _after_prefix(word: str, at: int) -> bool:
    """ "be-handeln", "ge-hören": the "h" is said; but not in "gehen"."""
    return (
        word[:at] in {"be", "ge", "da", "zu", "wo"} and word[at + 1 : at + 2] in _VOWELS and not word.startswith("gehe")
    )


def _c(word: str, at: int) -> tuple[tuple[str, ...], int]:
    rest, before = word[at:], word[at - 1] if at else ""
    if not rest.startswith("ch"):
        if rest.startswith("ck"):
            return ("k",), 2
        return (("ts",) if rest[1:2] in ("e", "i", "y", "ä") else ("k",)), 1
    if not at:
        return (("k",) if rest[2:3] in ("a", "o", "l", "r") else ("ch",)), 2
    grown = rest.startswith("chs") and not rest.startswith(("chst", "chsch")) and before in "aeou"
    if (grown and not word[:at].endswith(("na", "spra", "do"))) or word[at - 2 : at + 3] == "sechs":
        return ("k", "s"), 3
    return (("x",) if before in "aou" and word[at - 2 : at] not in ("eu", "äu") else ("ch",)), 2


def _s(word: str, at: int) -> tuple[tuple[str, ...], int]:
    rest, before, after = word[at:], word[at - 1] if at else "", word[at + 1 : at + 2]
    if rest.startswith("ss"):
        if rest[1:].startswith(tuple(_HISS)):
            return ("s",), 1
        return ("s", "s"), 2
    if after in ("t", "p") and after and _begins_part(word, at):
        return ("sch", _PLAIN[after]), 2
    if after in _VOWELS and after:
        first = not at or before in "lmnr" or rest.startswith("sam")
        inside = (before in _VOWELS and not word[:at].endswith(("hau", "au"))) or word[:at] in ("be", "ge", "zu")
        if first or inside:
            return ("z",), 1
    return ("s",), 1


def _begins_part(word: str, at: int) -> bool:
    """Whether a part of the word begins here, so that "st" and "sp" hiss."""
    if not at or word[:at] in _PREFIXES:
        return True
    return word.startswith(tuple(_HISS), at) and not word[:at].endswith(("tran", "re"))


def _e(word: str, at: int) -> tuple[tuple[str, ...], int]:
    rest = word[at:]
    if rest.startswith("ee"):
        return ("e",), 2
    faint = _FAINT.fullmatch(rest) and any(letter in _VOWELS for letter in word[:at])
    return (("ə",) if faint else ("e",)), 1


def _y(word: str, at: int) -> tuple[tuple[str, ...], int]:
    after = word[at + 1 : at + 2]
    if after in _VOWELS and after:
        return ("j",), 1
    return (("ü",) if after else ("i",)), 1


_RUSSIAN = {
    "a": "а", "e": "е", "ə": "е", "i": "и", "o": "о", "u": "у", "ö": "ё", "ü": "ю", "ei": "ай", "oi": "ой", "au": "ау",
    "b": "б", "d": "д", "f": "ф", "g": "г", "h": "х", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "p": "п",
    "r": "р", "s": "с", "z": "з", "t": "т", "w": "в", "x": "х", "ch": "х", "sch": "ш", "tsch": "ч", "dsch": "дж",
    "ts": "ц",
}  # fmt: skip
_UKRAINIAN = {**_RUSSIAN, "i": "і", "ö": "ьо", "g": "ґ", "h": "г"}
"""The Ukrainian "г" is the German "h", its "ґ" the German "g"; "е" is always the open one."""
_WITH_J = {
    "ru": {"a": "я", "e": "е", "ə": "е", "o": "йо", "u": "ю"},
    "uk": {"a": "я", "e": "є", "ə": "є", "o": "йо", "u": "ю"},
}


def _cyrillic(heard: list[str], lang: str) -> str:
    table, with_j = (_UKRAINIAN if lang == "uk" else _RUSSIAN), _WITH_J[lang]
    written: list[str] = []
    for place, sound in enumerate(heard):
        before = heard[place - 1] if place else ""
        after = heard[place + 1] if place + 1 < len(heard) else ""
        if before == "j" and sound in with_j:
            written[-1] = with_j[sound]
        elif sound == "l" and after not in _VOWEL_SOUNDS and after != "l":
            written.append("ль")
        else:
            written.append(_open(sound, before, lang) or table[sound])
    return "".join(written)


def _open(sound: str, before: str, lang: str) -> str:
    """How a vowel is written that follows no consonant, where that differs."""
    if before and before not in _VOWEL_SOUNDS:
        return ""
    if lang == "uk":
        return {"i": "ї" if before else "", "ö": "е"}.get(sound, "")
    return {"e": "" if before == "i" else "э", "ə": "" if before == "i" else "э", "ö": "э"}.get(sound, "")


_ARABIC = {
    "a": "ا", "e": "ي", "ə": "", "i": "ي", "o": "و", "u": "و", "ö": "و", "ü": "و", "ei": "اي", "oi": "وي", "au": "او",
    "b": "ب", "d": "د", "f": "ف", "g": "غ", "h": "ه", "j": "ي", "k": "ك", "l": "ل", "m": "م", "n": "ن", "p": "ب",
    "r": "ر", "s": "س", "z": "ز", "t": "ت", "w": "ڤ", "x": "خ", "ch": "ش", "sch": "ش", "tsch": "تش", "dsch": "دج",
    "ts": "تس",
}  # fmt: skip
_ARABIC_FIRST = {
    "a": "أ", "e": "إي", "ə": "إي", "i": "إي", "o": "أو", "u": "أو", "ö": "أو", "ü": "أو", "ei": "آي", "oi": "أوي",
    "au": "آو",
}  # fmt: skip
"""A vowel cannot stand alone at the beginning of a word."""


def _arabic(heard: list[str]) -> str:
    written: list[str] = []
    for place, sound in enumerate(heard):
        if not place:
            written.append(_ARABIC_FIRST.get(sound) or _ARABIC[sound])
        elif sound == "ə" and place + 1 == len(heard):
            # "Straße" ends as "شتراسه".
            written.append("ه")
        elif sound == heard[place - 1] and sound not in _VOWEL_SOUNDS:
            continue
        else:
            written.append(_ARABIC[sound])
    return "".join(written)


_SCRIPTS: dict[str, Callable[[list[str]], str]] = {
    "uk": lambda heard: _cyrillic(heard, "uk"),
    "ru": lambda heard: _cyrillic(heard, "ru"),
    "ar": _arabic,
}
