"""Whether a line is a cry for help. Reviewed patterns come first, the model second: it must not be missed (docs/adr/0011)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from portal.search.lexicon import Lexicon
from portal.search.script import scripts

ACUTE, HINT = "acute", "hint"


@dataclass(frozen=True)
class Crisis:
    level: str
    """ACUTE: somebody is in danger now. HINT: what is asked is near it."""
    situation: str | None
    """The id of the situation in content/emergency.<lang>.yaml; None where only the model has said so."""


def find_crisis(folded: str, lexicons: Iterable[Lexicon]) -> Crisis | None:
    """By the patterns of all languages: people write their German words into Turkish sentences, and the other way round."""
    asked = [lexicon.written_in(scripts(folded)) for lexicon in lexicons]
    text = folded
    for patterns in asked:
        for entry in patterns.harmless:
            text = entry.pattern.sub(" ", text)
    for level in (ACUTE, HINT):
        found = Counter(
            entry.situation
            for patterns in asked
            for entry in (patterns.acute if level == ACUTE else patterns.hint)
            if entry.pattern.search(text)
        )
        if found:
            # Where a life is at stake, that comes first; else what most patterns speak of.
            first = next((situation for situation in _FIRST if found[situation]), None)
            return Crisis(level, first or found.most_common(1)[0][0])
    return None


_FIRST = ("lebensgefahr", "vergiftung")


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
