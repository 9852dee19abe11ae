"""Fit the weights of portal/plain/score.py to human ratings and say how good they are for sentences they have not seen.

    python tools/plain/fit.py FOLDER [--write]

FOLDER holds ratings.csv and parallel_corpus.csv of TextComplexityDE19 (TU Berlin, Naderi et al. 2019, MIT). No
sentence of it becomes part of the
project, only the handful of weights. Needs scikit-learn (requirements/build.txt). Without --write nothing is changed.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from portal.plain import score
from portal.plain.sentences import Sentence, split

ALPHA = 10.0
"""How much large weights cost."""

PARTS = 10
REPEATS = 5


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole(text: str) -> Sentence:
    """A rated line is one sentence, whatever marks are in it."""
    return Sentence(tuple(token for sentence in split(text) for token in sentence.tokens))


def fit(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Intercept and weights for the values as they are; no weight is below 0: more of what is hard is never easier."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    model = Ridge(alpha=ALPHA, positive=True).fit((x - mean) / spread, y)
    weights = model.coef_ / spread
    return float(model.intercept_ - weights @ mean), weights


def judge(intercept: float, weights: np.ndarray, text: str) -> float:
    values = [intercept + float(weights @ np.array(score.properties(sentence))) for sentence in split(text)]
    return score.combine(score._within_scale(value) for value in values)


def cross_validate(
    x: np.ndarray, y: np.ndarray, article: np.ndarray, pairs: list[dict[str, str]]
) -> tuple[float, float]:
    """Spearman and the share of the pairs in order, by formulas that have seen no sentence of the same article."""
    correlations, in_order, asked = [], 0, 0
    for repeat in range(REPEATS):
        predicted = np.zeros(len(y))
        for train, test in GroupKFold(PARTS, shuffle=True, random_state=repeat).split(x, y, article):
            intercept, weights = fit(x[train], y[train])
            predicted[test] = intercept + x[test] @ weights
            unseen = set(article[test])
            for pair in pairs:
                if pair["Article_ID"] in unseen:
                    asked += 1
                    hard, easy = (
                        judge(intercept, weights, pair[key]) for key in ("Original_Sentence", "Simplification")
                    )
                    in_order += easy < hard
        correlations.append(spearmanr(predicted, y)[0])
    return float(np.mean(correlations)), in_order / asked


def main(folder: Path, write: bool) -> None:
    ratings, pairs = rows(folder / "ratings.csv"), rows(folder / "parallel_corpus.csv")
    x = np.array([score.properties(whole(row["Sentence"])) for row in ratings])
    y = np.array([float(row["MOS_Complexity"]) for row in ratings])
    article = np.array([row["Article_ID"] for row in ratings])
    words = np.array([len(whole(row["Sentence"]).words) for row in ratings])
    unseen, in_order = cross_validate(x, y, article, pairs)
    intercept, weights = fit(x, y)
    alone = spearmanr(words, y)[0]
    about = [
        "Written by tools/plain/fit.py: ridge regression with no weight below 0, on ratings (1 to 7) of",
        f"TextComplexityDE19, TU Berlin, Naderi et al. 2019, MIT: {len(y)} sentences, {len(pairs)} pairs.",
        f"Whole articles were left out in turn ({PARTS} parts): Spearman {unseen:.3f} for their sentences",
        f"(the number of words alone: {alone:.3f}), {in_order:.1%} of their simplified texts judged easier.",
    ]
    print("\n".join(about))
    for name, weight, spread in zip(score.PROPERTIES, weights, x.std(axis=0), strict=True):
        print(f"  {name:14} {weight:8.4f}   moves the score by {weight * spread:.2f}")
    if write:
        fitted = {name: round(float(weight), 5) for name, weight in zip(score.PROPERTIES, weights, strict=True)}
        text = json.dumps(
            {"about": about, "intercept": round(intercept, 5), "weights": fitted}, indent=2, ensure_ascii=False
        )
        score.WEIGHTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--write" in sys.argv[2:])
