"""Lines that editors have added since the model was trained: found at once, by the same words.

The model learns from files when the portal is built (`portal needs train`); a few hundred lines that are newer need none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from portal.search.analysis import stem
from portal.search.features import plain
from portal.search.text import words

SAME = 0.95
"""How probable a need is for whom an editor has written down exactly this line."""
ALL_WORDS = 0.85
"""Where all words of a line that say something are in the question, among others."""
_FEWEST = 2
"""A line with fewer of them must be the same: "hilfe" is in a thousand questions."""
_MOST = 3


class AddedLines:
    """An index of (need, language, line). Asking it takes microseconds."""

    def __init__(
        self, lines: Iterable[tuple[str, str, str]], stop_words: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self._stop_words = {lang: frozenset(plain(word) for word in some) for lang, some in (stop_words or {}).items()}
        self._same: dict[str, dict[str, None]] = defaultdict(dict)
        self._by_word: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = defaultdict(list)
        """By language and the longest word: all words of the line, and its need."""
        self._languages: dict[str, None] = {}
        for need, lang, line in lines:
            self._same[_key(line)][need] = None
            said = self._said(line, lang)
            if len(said) >= _FEWEST:
                self._languages[lang] = None
                self._by_word[lang, max(said, key=lambda word: (len(word), word))].append((said, need))

    def _said(self, line: str, lang: str) -> frozenset[str]:
        """The words of a line that say something, without their endings."""
        small = self._stop_words.get(lang, frozenset())
        return frozenset(stem(word, lang) for word in words(plain(line)) if word not in small)

    def find(self, text: str) -> list[tuple[str, float]]:
        """Needs with how probable they are, the same lines first."""
        if not self._same:
            return []
        found = dict.fromkeys(self._same.get(_key(text), ()), SAME)
        for lang in self._languages:
            said = self._said(text, lang)
            for word in said:
                for line, need in self._by_word.get((lang, word), ()):
                    if line <= said:
                        found.setdefault(need, ALL_WORDS)
        return sorted(found.items(), key=lambda pair: -pair[1])[:_MOST]


def _key(line: str) -> str:
    return " ".join(words(plain(line)))


def put_first(found: list[tuple[str, float]], others: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """What was found in lines before what the model thinks; no need twice, and none that is more probable than one before it."""
    if not found:
        return others
    first = dict(found)
    least = min(first.values())
    return found + [(code, min(chance, least)) for code, chance in others if code not in first]
