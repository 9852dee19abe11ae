"""Whether a line is a cry for help. Reviewed patterns come first, the model second: it must not be missed (docs/adr/0011)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.search.lexicon import Lexicon, PatternSet
from portal.search.script import scripts

ACUTE, HINT = "acute", "hint"


@dataclass(frozen=True)
class Crisis:
    level: str
    """ACUTE: somebody is in danger now. HINT: what is asked is near it."""
    situation: str | None
    """The id of the situation in content/emergency.<lang>.yaml; None where only the model has said so."""


def find_crisis(folded: str, lexicons: Iterable[Lexicon]) -> Crisis | None:
    """By the patterns of all languages: people write their German words into Turkish sentences, and the other way round.

    What is harmless is taken out first. Where that left nothing acute, each clause is looked at by itself: "my child hits
    other children and my husband hits me".
    """
    asked = [lexicon.written_in(scripts(folded)) for lexicon in lexicons]
    found, harmless = _search(folded, asked)
    if harmless and (found is None or found.level != ACUTE):
        for clause in _CLAUSES.split(folded):
            if len(clause.split()) >= _SHORTEST_CLAUSE and clause != folded:
                alone, _ = _search(clause, asked)
                if alone is not None and alone.level == ACUTE:
                    return alone
    return found


_CLAUSES = re.compile(r"[,;.!?]| (?:und|aber|weil|and|but|because|ve|ama|cunku|و|بس|لكن|і|та|але|бо|и|а|но) ")
_SHORTEST_CLAUSE = 3
"""Words."""


def _search(folded: str, asked: list[PatternSet]) -> tuple[Crisis | None, bool]:
    """What the patterns find, and whether anything harmless was in the text."""
    text = folded
    for patterns in asked:
        for entry in patterns.harmless:
            text = entry.pattern.sub(" ", text)
    for level in (ACUTE, HINT):
        for patterns in asked:
            found = Counter(
                entry.situation
                for entry in (patterns.acute if level == ACUTE else patterns.hint)
                if entry.pattern.search(text)
            )
            if found:
                return Crisis(level, _situation(found)), text != folded
    return None, text != folded


def _situation(found: Counter[str]) -> str:
    """Where a life is at stake, that; a young person's own words next; else what most patterns speak of."""
    for situation in ("lebensgefahr", "vergiftung"):
        if found[situation]:
            return situation
    most, times = found.most_common(1)[0]
    return _YOUNG if found[_YOUNG] * 2 >= times else most


_YOUNG = "jugendliche-in-not"


def judge(
    by_patterns: Crisis | None,
    *,
    acute: float,
    hint: float,
    needs: list[tuple[str, float]],
    thresholds: dict[str, float],
    near: Collection[str],
) -> Crisis | None:
    """Patterns first; then the model, together with how probable it is that the line speaks of a need near a crisis."""
    if by_patterns and by_patterns.level == ACUTE:
        return by_patterns
    # Long and sad lines sound acute to the model: it is believed where the needs speak of danger too.
    danger = sum(chance for code, chance in needs if code in near)
    if acute >= thresholds["acute"] and danger >= thresholds["need"]:
        return Crisis(ACUTE, by_patterns.situation if by_patterns else None)
    if by_patterns:
        return by_patterns
    return Crisis(HINT, None) if hint >= thresholds["hint"] or danger >= thresholds["need"] else None
