"""The plain-language check beside each German text: one number, and what an editor can do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from portal.plain import grammar
from portal.plain.score import combine, score_sentence
from portal.plain.sentences import Sentence, Token, parts, split, without_invisible
from portal.plain.vocabulary import HALF_KNOWN, UNKNOWN, rarity
from portal.plain.words import PlainWords, key

Kind = Literal[
    "long_sentence",
    "passive",
    "nominal_style",
    "official_word",
    "rare_word",
    "shaming",
    "abbreviation",
    "no_digits",
    "sie_form",
]
Level = Literal["leicht", "geht", "schwer"]

EASY_BELOW, HARD_FROM = 2.5, 3.5
"""On the scale of portal/plain/score.py. 19 of 20 texts of the demo Kommune are below the first."""

MAX_WORDS = 16
"""In a sentence. The handbook asks for 8 to 12; a few more are not worth a remark."""

RARE_LETTERS, HALF_RARE_LETTERS = 10, 16
"""From this length on an unknown word, or one that is half known, is worth a remark."""

_NUMBERS = {
    **dict(zip("drei vier fünf sechs sieben acht neun zehn elf zwölf".split(), range(3, 13), strict=True)),
    **dict(zip("zwanzig dreißig vierzig fünfzig hundert".split(), (20, 30, 40, 50, 100), strict=True)),
}
_POLITE = dict(
    zip(
        "Sie Ihnen Ihr Ihre Ihren Ihrem Ihrer Ihres".split(),
        "ihr euch euer eure euren eurem eurer eures".split(),
        strict=True,
    )
)


@dataclass(frozen=True)
class Finding:
    """One remark. `start` and `end` are character offsets into the text as typed, `excerpt` is what stands there.

    `suggestion` is what may be put in its place, "" where nobody but the editor can know. `blocks`: the text may not
    be published with it.
    """

    kind: Kind
    start: int
    end: int
    excerpt: str
    message: str
    suggestion: str = ""
    blocks: bool = False


@dataclass(frozen=True)
class Report:
    """`score` as portal.plain.score.score_text gives it; the findings in the order of the text."""

    score: float
    level: Level
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        return any(finding.blocks for finding in self.findings)


def check_text(text: str, words: PlainWords) -> Report:
    """Judge a German text of one or many lines. Never raises; an empty text is easy and has no findings."""
    sentences = split(text)
    score = combine(score_sentence(sentence) for sentence in sentences)
    found = [*_word_findings(text, words)]
    taken = [(finding.start, finding.end) for finding in found]
    for sentence in sentences:
        found += _sentence_findings(text, sentence)
        found += [rare for rare in _rare_words(text, sentence, words) if not _overlaps(taken, rare.start, rare.end)]
    found.sort(key=lambda finding: (finding.start, -finding.end, finding.kind))
    return Report(score, level_of(score), tuple(found))


def level_of(score: float) -> Level:
    return "leicht" if score < EASY_BELOW else "geht" if score < HARD_FROM else "schwer"


def replace(text: str, finding: Finding) -> str:
    """The text with the suggestion in its place; unchanged where there is none. Raises ValueError where the text is
    another by now."""
    if text[finding.start : finding.end] != finding.excerpt:
        raise ValueError("The text has changed since it was checked.")
    if not finding.suggestion:
        return text
    return text[: finding.start] + finding.suggestion + text[finding.end :]


# --- Words from the lists ---


def _word_findings(text: str, words: PlainWords) -> Iterator[Finding]:
    """Shaming words first: what they cover is not named a second time."""
    visible, places = without_invisible(text)
    taken: list[tuple[int, int]] = []
    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[Kind, str, str] | None]], ...] = (
        (words.shaming_pattern, lambda match: _shaming(match, words)),
        (words.abbreviations_pattern, lambda match: _abbreviation(match, words)),
        (words.explain_pattern, lambda match: _explain(match, words)),
        (words.official_pattern, lambda match: _official(match, words)),
        (words.adjectives_pattern, lambda match: _adjective(match, words)),
    )
    explained = {key(match["form"]) for match in words.explain_pattern.finditer(visible) if _is_explained(match)}
    for pattern, judge in steps:
        for match in pattern.finditer(visible):
            said = judge(match)
            if said is None or _overlaps(taken, match.start(), match.end()):
                continue
            taken.append(match.span())
            kind, message, suggestion = said
            if pattern is words.explain_pattern:
                # Explained once is enough.
                if key(match["form"]) in explained:
                    continue
                explained.add(key(match["form"]))
            start, end = places[match.start()], places[match.end() - 1] + 1
            yield Finding(kind, start, end, text[start:end], message, suggestion, blocks=kind == "shaming")


def _shaming(match: re.Match[str], words: PlainWords) -> tuple[Kind, str, str]:
    rule = words.shaming[key(match["form"])]
    better = f" Besser: „{rule.instead}“." if rule.instead else ""
    return "shaming", f"„{match[0]}“ beschämt Familien. {rule.why}{better}", rule.instead


def _abbreviation(match: re.Match[str], words: PlainWords) -> tuple[Kind, str, str]:
    long = _like(match[0], words.abbreviations["".join(match["form"].split())])
    # The full stop of an abbreviation may be that of the sentence too.
    if re.match(r"\s*(?:$|\n)", match.string[match.end() : match.end() + 5]):
        long += "."
    return "abbreviation", f"„{match[0]}“ ist eine Abkürzung. Schreib „{long.rstrip('.')}“.", long


def _is_explained(match: re.Match[str]) -> bool:
    """Brackets or „… ist …“ come after the word, or it stands in brackets itself."""
    after = match.string[match.end() : match.end() + 12]
    before = match.string[: match.start()][-1:]
    return before == "(" or re.match(r"[“\"]?\s*(?:\(|:|,? (?:ist|heißt|bedeutet|das ist|also)\b)", after) is not None


def _explain(match: re.Match[str], words: PlainWords) -> tuple[Kind, str, str]:
    meaning = words.explain[key(match["form"])]
    suggestion = f"{match[0]} ({meaning})"
    return "official_word", f"Nicht alle kennen „{match[0]}“. Erkläre es in Klammern: {meaning}.", suggestion


def _official(match: re.Match[str], words: PlainWords) -> tuple[Kind, str, str]:
    simple = words.official[key(match["form"])]
    if not simple:
        return "official_word", f"„{match[0]}“ ist ein Wort vom Amt. Sag mit einem Verb, wer was tut.", ""
    simple = _like(match[0], simple) if match[0][0].islower() or _begins_sentence(match) else simple
    return "official_word", f"„{match[0]}“ ist ein Wort vom Amt. Sag lieber „{simple}“.", simple


def _adjective(match: re.Match[str], words: PlainWords) -> tuple[Kind, str, str] | None:
    simple, ending = words.adjectives[key(match["form"])], match["ending"] or ""
    if not simple:
        return (
            "official_word",
            f"„{match[0]}“ ist ein Fachwort. Lass es weg, oder sag, was es für die Familie heißt.",
            "",
        )
    if ending and (" " in simple or simple[0].isupper()):
        return "official_word", f"„{match[0]}“ ist ein Wort vom Amt. Sag es anders: „{simple}“.", ""
    simple = _like(match[0], simple + ending)
    return "official_word", f"„{match[0]}“ ist ein Wort vom Amt. Sag lieber „{simple}“.", simple


def _begins_sentence(match: re.Match[str]) -> bool:
    before = match.string[: match.start()].rstrip()[-1:]
    return before == "" or before in ".!?:"


def _like(word: str, other: str) -> str:
    """The other word with a capital where the word has one."""
    return other[0].upper() + other[1:] if word[0].isupper() else other


# --- Sentences ---


def _sentence_findings(text: str, sentence: Sentence) -> Iterator[Finding]:
    count = len(sentence.words)
    if count > MAX_WORDS:
        advice = "Mach 2 Sätze daraus." if count <= 2 * MAX_WORDS else "Mach mehrere kurze Sätze daraus."
        yield _finding("long_sentence", text, sentence.start, sentence.end, f"Dieser Satz hat {count} Wörter. {advice}")
    if passive := grammar.find_passive(sentence):
        message = "Hier sagt niemand, wer etwas tut. Schreib, wer es macht: „Wir …“ oder „Ihr …“."
        yield _finding("passive", text, passive[0].start, passive[1].end, message)
    elif duty := grammar.find_duty(sentence):
        message = "Das klingt nach Amt. Sprich die Familie an: „Bringt … mit“, „Zeigt …“."
        yield _finding("passive", text, duty[0].start, duty[1].end, message)
    nominals = grammar.nominals(sentence)
    if len(nominals) >= grammar.MANY_NOMINALS:
        named = " und ".join(f"„{word.text}“" for word in nominals[:2])
        message = f"Hier stecken Tätigkeiten in Hauptwörtern: {named}. Nimm Verben."
        yield _finding("nominal_style", text, nominals[0].start, nominals[-1].end, message)
    yield from _small_findings(text, sentence)


def _small_findings(text: str, sentence: Sentence) -> Iterator[Finding]:
    previous: Token | None = None
    for token in sentence.tokens:
        number = _NUMBERS.get(token.text.lower())
        # „Gebt acht“
        if number and not (
            token.text.lower() == "acht"
            and previous
            and previous.text.lower() in {"gebt", "gib", "geben", "sich", "in", "außer"}
        ):
            yield _finding(
                "no_digits",
                text,
                token.start,
                token.end,
                f"Zahlen liest man schneller als Ziffer: „{number}“.",
                str(number),
            )
        # After a mark a new sentence may begin, and there everything is capital.
        if token.text in _POLITE and previous and previous.is_word:
            informal = _POLITE[token.text]
            message = f"Wir sagen du oder ihr: „{informal}“. Pass danach auch das Verb an."
            yield _finding("sie_form", text, token.start, token.end, message, informal)
        previous = token


def _rare_words(text: str, sentence: Sentence, words: PlainWords) -> Iterator[Finding]:
    for word in sentence.words:
        if key(word.text) in words.explain or "." in word.text:
            continue
        hardest = max(parts(word.text), key=lambda part: (rarity(part), len(part)), default="")
        size, rare = len(hardest), rarity(hardest)
        if (rare >= UNKNOWN and size >= RARE_LETTERS) or (rare >= HALF_KNOWN and size >= HALF_RARE_LETTERS):
            message = f"„{word.text}“ kennen viele nicht. Nimm ein einfacheres Wort, oder erkläre es."
            yield _finding("rare_word", text, word.start, word.end, message)


def _finding(kind: Kind, text: str, start: int, end: int, message: str, suggestion: str = "") -> Finding:
    return Finding(kind, start, end, text[start:end], message, suggestion)


def _overlaps(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
