"""Words of a text as the terms of an index: folded, without endings, compounds taken apart, unknown words put right.

One analyser a language, for documents and for questions, whichever engine keeps the terms.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process
from snowballstemmer import stemmer as snowball

from portal.search.features import plain
from portal.search.text import words

_SNOWBALL = {"de": "german", "en": "english", "ar": "arabic", "ru": "russian"}
_CUT_AFTER = {"tr": 5, "uk": 5}
"""Languages whose words are cut instead: folding takes from Turkish what its stemmer reads, and Ukrainian has no stemmer."""
_LINKS = ("", "s", "n", "en", "es", "er", "e")
"""What German puts between the parts of a compound."""
_SHORTEST_PART = 4
_ALIKE = 82
MAX_TERMS = 12
SCHEMA = 2
"""Raised when texts are analysed in another way: an index of another number is built anew."""


@cache
def _stemmer(lang: str) -> Callable[[str], str]:
    if lang == "ar":
        return lambda word: re.sub("(?<=...)(ه|ات|ين|ون)$", "", re.sub("^(و?ال|بال|كال|فال|لل)(?=...)", "", word))
    if lang in _SNOWBALL:
        stem: Callable[[str], str] = snowball(_SNOWBALL[lang]).stemWord
        return stem
    length = _CUT_AFTER.get(lang, 6)
    if lang == "uk":
        return lambda word: re.sub("[аеєиіїоуюяьй]+$", "", word[:length])
    return lambda word: word[:length]


def stem(word: str, lang: str) -> str:
    """A word of plain text without its ending; numbers and very short words as they are."""
    return _stemmer(lang)(word) if len(word) > 3 and not word.isdigit() else word


class Vocabulary:
    """The words of one language in an index, for taking compounds apart and putting misspelt words right."""

    def __init__(self, known: Iterable[str]) -> None:
        self.words = frozenset(known)
        self.terms: dict[str, list[str]] = {}
        """Of words that were analysed with this vocabulary: a text repeats its words."""
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.words):
            if len(word) > 3:
                self._by_letter[word[0]].append(word)

    def split(self, word: str, depth: int = 2) -> list[str]:
        """The known parts of a compound, or nothing: "klassenfahrt" is "klasse" and "fahrt"."""
        for cut in range(len(word) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            tail = word[cut:]
            if tail not in self.words:
                continue
            for link in _LINKS:
                head = word[:cut].removesuffix(link) if word[:cut].endswith(link) else None
                if head is None or len(head) < _SHORTEST_PART:
                    continue
                for candidate in (head, f"{head}e") if not link or link == "n" else (head,):
                    if candidate in self.words:
                        return [candidate, tail]
                if depth > 1 and (parts := self.split(head, depth - 1)):
                    return [*parts, tail]
        return []

    def alike(self, word: str, limit: int = 2) -> list[str]:
        """Known words that `word` may be a misspelling of; the first letter is taken as right."""
        near = process.extract(
            word, self._by_letter.get(word[0], []), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=limit
        )
        return [found for found, _score, _place in near]


def document_terms(text: str, lang: str, vocabulary: Vocabulary | None) -> list[str]:
    """The terms of a text in their order; parts of compounds follow their whole."""
    kept = vocabulary.terms if vocabulary is not None else {}
    found: list[str] = []
    for word in words(plain(text)):
        terms = kept.get(word)
        if terms is None:
            terms = [stem(word, lang)]
            if vocabulary is not None and lang == "de" and len(word) >= 2 * _SHORTEST_PART:
                terms += [stem(part, lang) for part in vocabulary.split(word)]
            kept[word] = terms
        found += terms
    return found


@dataclass(frozen=True)
class QueryTerm:
    """One word of a question: any of `terms` stands for it."""

    terms: tuple[str, ...]
    weight: float = 1.0
    prefix: bool = False


class QueryAnalyser:
    """Turns a question into terms that an index knows; `known` says in how many documents each of them is."""

    def __init__(
        self,
        lang: str,
        vocabulary: Vocabulary,
        known: Mapping[str, int],
        stop_words: Collection[str] = (),
        synonyms: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.lang, self.vocabulary, self.known = lang, vocabulary, known
        self.stop_words = frozenset(word for text in stop_words for word in words(plain(text)))
        self.synonyms = {
            stem(plain(word), lang): [stem(plain(other), lang) for other in others]
            for word, others in (synonyms or {}).items()
        }

    def rarity(self, term: QueryTerm) -> float:
        """How much a word says: the fewer documents hold it, the more. Between 0 and 0.5."""
        return 1 / (1 + min((self.known.get(one, 1) for one in term.terms), default=1) ** 0.25)

    def terms(self, text: str, *, typing: bool = False) -> list[QueryTerm]:
        """The words worth looking for, each with all that may stand for it."""
        asked = [word for word in dict.fromkeys(words(plain(text))) if len(word) > 1 and word not in self.stop_words]
        found = []
        for word in asked[: MAX_TERMS * 2]:
            if word.isdigit():
                continue
            if term := self._term(word, last=typing and word == asked[-1]):
                found.append(term)
        return found[:MAX_TERMS]

    def _term(self, word: str, *, last: bool) -> QueryTerm | None:
        stemmed = stem(word, self.lang)
        others = [term for term in self.synonyms.get(stemmed, []) if term in self.known]
        if stemmed in self.known:
            return QueryTerm((stemmed, *others), prefix=last)
        if others:
            return QueryTerm(tuple(others))
        if self.lang == "de" and (parts := self.vocabulary.split(word)):
            return QueryTerm(tuple(stem(part, self.lang) for part in parts), 0.8)
        if last and len(word) > 2:
            return QueryTerm((word,), prefix=True)
        if len(word) > 3 and (alike := self.vocabulary.alike(word)):
            return QueryTerm(tuple(dict.fromkeys(stem(other, self.lang) for other in alike)), 0.8)
        return None


def quoted(term: str) -> str:
    """A term for an FTS5 expression; only letters and digits are left of it."""
    return '"' + re.sub(r"[^\w]", "", term) + '"'
