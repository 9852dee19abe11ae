"""Training the linear model of portal.search.model. Needs scikit-learn, which a serving portal does not."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from portal.search.features import features
from portal.search.model import FORMAT, NONE, NeedModel

_MIN_LINES = 1
"""In how many lines a feature must be to be kept."""
_REGULARISATION = 8.0
SHARPNESS = 7.0
"""Makes honest probabilities of scores; cross-validation found it (`portal needs train` prints what it would be now)."""


@dataclass
class Lines:
    """What the model learns from."""

    needs: dict[str, dict[str, list[str]]]
    """By need code (and `none`) and language: lines as parents type them."""
    words: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """The same for single words, labels and explanations: they count less, and are shown to nobody as a nearest line."""
    acute: list[str] = field(default_factory=list)
    hint: list[str] = field(default_factory=list)
    harmless: list[str] = field(default_factory=list)

    def fingerprint(self) -> str:
        """Changes with every line: a model with another one was trained on other lines."""
        text = json.dumps([FORMAT, self.needs, self.words, self.acute, self.hint, self.harmless], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Table:
    """Lines as rows, features as columns: how often, weighted by how rare, each row of length 1."""

    def __init__(self, texts: list[str], min_lines: int = _MIN_LINES) -> None:
        self.counted = [features(text) for text in texts]
        seen: Counter[int] = Counter()
        for found in self.counted:
            seen.update(found.keys())
        kept = sorted(number for number, times in seen.items() if times >= min_lines)
        self.hashes = np.array(kept, dtype=np.uint32)
        self.column = {number: place for place, number in enumerate(kept)}
        self.idf = np.array([math.log((1 + len(texts)) / (1 + seen[number])) + 1 for number in kept], dtype=np.float32)

    def rows(self, counted: list[Counter[int]]) -> Any:
        from scipy.sparse import csr_matrix

        values, places, ends = [], [], [0]
        unknown = float(self.idf.max())
        for found in counted:
            pairs = [(self.column.get(number), 1 + math.log(times)) for number, times in found.items()]
            weighted = [(place, value * (unknown if place is None else self.idf[place])) for place, value in pairs]
            length = math.sqrt(sum(value * value for _place, value in weighted)) or 1.0
            for place, value in weighted:
                if place is not None:
                    places.append(place)
                    values.append(value / length)
            ends.append(len(places))
        return csr_matrix((values, places, ends), shape=(len(counted), len(self.hashes)), dtype=np.float64)


def _fit(lines: Lines) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    texts, classes, weights = [], [], []
    for source, weight in ((lines.needs, 1.0), (lines.words, 0.5)):
        for code, by_lang in source.items():
            for some in by_lang.values():
                texts += some
                classes += [code] * len(some)
                weights += [weight] * len(some)
    crisis = [*lines.acute, *lines.hint, *lines.harmless]
    table = _Table([*texts, *crisis])
    rows = table.rows(table.counted)
    codes = sorted(set(classes))
    machine = LinearSVC(C=1.0, random_state=0).fit(rows[: len(texts)], classes, sample_weight=weights)
    assert list(machine.classes_) == codes
    coefficients, bias = [machine.coef_], [machine.intercept_]
    # Whoever asks about a trip to the zoo is in no danger: all lines of needs are examples of "no crisis" as well.
    ordinary = [place for place, code in enumerate(classes) if code not in _NEAR_A_CRISIS]
    picked = [*ordinary, *range(len(texts), len(texts) + len(crisis))]
    for wanted in (lines.acute, lines.hint):
        chosen = set(wanted)
        answers = [0] * len(ordinary) + [int(line in chosen) for line in crisis]
        if sum(answers) == 0:
            coefficients.append(np.zeros((1, rows.shape[1])))
            bias.append(np.array([-20.0]))
            continue
        one = LogisticRegression(C=_REGULARISATION * 4, max_iter=300, tol=1e-7).fit(rows[picked], answers)
        coefficients.append(one.coef_)
        bias.append(one.intercept_)
    weights_table = np.vstack(coefficients).T.astype(np.float32)
    scale = np.abs(weights_table).max(axis=0) / 127
    scale[scale == 0] = 1
    whole = np.rint(weights_table / scale).astype(np.int8)
    used = np.abs(whole).max(axis=1) > 0
    shown = {code: [line for some in by_lang.values() for line in some] for code, by_lang in lines.needs.items()}
    return {
        "hashes": table.hashes[used],
        "idf": table.idf[used].astype(np.float16),
        "weights": whole[used],
        "scale": scale.astype(np.float32),
        "bias": np.concatenate(bias).astype(np.float32),
        "head": {
            "format": FORMAT,
            "codes": codes,
            "fingerprint": lines.fingerprint(),
            "sharpness": 1.0,
            "lines": shown,
        },
    }


_NEAR_A_CRISIS = {"haeusliche_gewalt", "kinderschutz", "sucht", "eltern_psyche", "kinder_psyche", "schreibaby"}
"""Needs whose lines may well be a hint; whether they are is said by the lines of the crisis itself."""


def _sealed(arrays: dict[str, Any]) -> dict[str, Any]:
    head = json.dumps(arrays["head"], ensure_ascii=False).encode()
    return {**arrays, "head": np.frombuffer(head, dtype=np.uint8)}


def train(lines: Lines, *, sharpness: float = SHARPNESS) -> dict[str, Any]:
    """The arrays of a model file."""
    arrays = _fit(lines)
    arrays["head"]["sharpness"] = sharpness
    return _sealed(arrays)


def save(arrays: dict[str, Any], path: Path) -> None:
    """Write a model file; whoever reads at the same time reads the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new.npz")
    np.savez_compressed(half, **arrays)
    half.replace(path)


@dataclass
class Report:
    """How well lines are understood by a model that was trained without them."""

    asked: dict[str, int]
    first: dict[str, int]
    three: dict[str, int]
    confusions: list[tuple[str, str, int, str]]
    """Need, what was thought instead, how often, one such line."""
    sharpness: float


def cross_validate(lines: Lines, parts: int = 5) -> Report:
    """Train on all lines but a part, ask about that part; for each of `parts` parts."""
    asked: dict[str, int] = defaultdict(int)
    first: dict[str, int] = defaultdict(int)
    three: dict[str, int] = defaultdict(int)
    wrong: Counter[tuple[str, str]] = Counter()
    example: dict[tuple[str, str], str] = {}
    outcomes: list[tuple[np.ndarray, int]] = []
    for part in range(parts):
        kept, held = _split(lines, part, parts)
        model = NeedModel(train(kept))
        for code, lang, line in held:
            scores = model.raw(line)[:-2]
            order = [model.codes[place] for place in np.argsort(-scores)]
            outcomes.append((scores, model.codes.index(code)))
            if code == NONE:
                continue
            best = [found for found in order if found != NONE][:3]
            asked[lang] += 1
            first[lang] += best[0] == code
            three[lang] += code in best
            if order[0] != code:
                wrong[code, order[0]] += 1
                example.setdefault((code, order[0]), line)
    confusions = [(code, other, times, example[code, other]) for (code, other), times in wrong.most_common(25)]
    return Report(dict(asked), dict(first), dict(three), confusions, _best_sharpness(outcomes))


def _split(lines: Lines, part: int, parts: int) -> tuple[Lines, list[tuple[str, str, str]]]:
    kept: dict[str, dict[str, list[str]]] = {}
    held = []
    for code, by_lang in lines.needs.items():
        kept[code] = {}
        for lang, some in by_lang.items():
            kept[code][lang] = [line for place, line in enumerate(some) if place % parts != part]
            held += [(code, lang, line) for place, line in enumerate(some) if place % parts == part]
    return Lines(kept, lines.words, lines.acute, lines.hint, lines.harmless), held


def _best_sharpness(outcomes: list[tuple[np.ndarray, int]]) -> float:
    """The factor that makes of scores the most honest probabilities (least log loss)."""

    def loss(sharpness: float) -> float:
        total = 0.0
        for scores, right in outcomes:
            sharp = scores * sharpness
            total += float(np.log(np.exp(sharp - sharp.max()).sum()) + sharp.max() - sharp[right])
        return total

    return min((step / 4 for step in range(2, 49)), key=loss)
