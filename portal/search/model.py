"""The linear model that tells which needs a line speaks of, and whether it is a cry for help: a table of weights.

It is trained by portal.search.training when the content is built; here it is only read and asked, with numpy alone.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from rapidfuzz import fuzz, process

from portal.search.features import features, plain
from portal.search.text import words

NONE = "none"
"""The class of lines that speak of no need."""
FORMAT = 1


class ModelError(Exception):
    """The model is not there or of another version. The message says how to make it."""


@dataclass(frozen=True)
class NearestLine:
    """A line that parents have typed, and how much the asked one is like it (0–100)."""

    line: str
    need: str
    similarity: float


@dataclass(frozen=True)
class Guess:
    needs: list[tuple[str, float]]
    """Codes with their probability, the most probable first; `none` is left out, so they may sum up to less than 1."""
    none: float
    """How probable it is that the line speaks of no need."""
    acute: float
    hint: float
    """How much the line sounds like a crisis, or like something near one (0–1)."""


class NeedModel:
    def __init__(self, arrays: Any) -> None:
        head = json.loads(bytes(arrays["head"]).decode())
        if head["format"] != FORMAT:
            raise ModelError("The search model is of another version: run `portal needs train`.")
        self.codes: list[str] = head["codes"]
        self.fingerprint: str = head["fingerprint"]
        self._hashes = arrays["hashes"]
        self._idf = arrays["idf"].astype(np.float32)
        self._weights = arrays["weights"]
        self._scale = arrays["scale"]
        self._bias = arrays["bias"]
        self._sharpness: float = head["sharpness"]
        self._lines: dict[str, list[str]] = head["lines"]
        self._plain = {code: [plain(line) for line in lines] for code, lines in self._lines.items()}

    @classmethod
    def load(cls, path: Path) -> NeedModel:
        """Read a model file. Raises ModelError where there is none or it cannot be used."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(arrays)
        except FileNotFoundError as error:
            raise ModelError(f"The search model {path} is missing: run `portal needs train`.") from error
        except (ValueError, KeyError, OSError, EOFError, BadZipFile, zlib.error) as error:
            raise ModelError(f"The search model {path} cannot be read: run `portal needs train`.") from error

    def raw(self, text: str) -> np.ndarray:
        """The score of each class, of the two crisis classes last. All zero for a text without a known feature."""
        found = features(text)
        if not found:
            return np.zeros(len(self._bias), dtype=np.float32)
        asked = np.fromiter(found.keys(), dtype=np.uint32, count=len(found))
        counts = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        places = np.searchsorted(self._hashes, asked)
        places[places == len(self._hashes)] = 0
        known = self._hashes[places] == asked
        values = (1 + np.log(counts)) * np.where(known, self._idf[places], self._idf.max())
        values /= np.sqrt((values * values).sum())
        used: np.ndarray = values[known] @ self._weights[places[known]].astype(np.float32)
        return used * self._scale + self._bias

    def guess(self, text: str) -> Guess:
        if not words(plain(text)):
            return Guess([], 1.0, 0.0, 0.0)
        scores = self.raw(text)
        needs = scores[:-2] * self._sharpness
        odds = np.exp(needs - needs.max())
        odds /= odds.sum()
        ranked = sorted(zip(self.codes, odds.tolist(), strict=True), key=lambda pair: -pair[1])
        acute, hint = (1 / (1 + np.exp(-scores[-2:]))).tolist()
        none = next(chance for code, chance in ranked if code == NONE)
        return Guess([pair for pair in ranked if pair[0] != NONE], none, acute, hint)

    def nearest(self, text: str, needs: list[str], limit: int = 3) -> list[NearestLine]:
        """The lines of these needs that are most like the text: why the model thinks what it thinks."""
        asked, found = plain(text), []
        for code in needs:
            for _line, similarity, place in process.extract(
                asked, self._plain.get(code, []), scorer=fuzz.token_set_ratio, limit=limit
            ):
                found.append(NearestLine(self._lines[code][place], code, similarity))
        return sorted(found, key=lambda item: -item.similarity)[:limit]
