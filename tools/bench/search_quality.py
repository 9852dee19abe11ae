"""How well the search understands: python tools/bench/search_quality.py

Asks the interface /api/v1 every line of tests/data/queries.yaml, which the model has not learned from, and counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from msgspec import Struct, convert
from ruamel.yaml import YAML

from tools.bench import searching

ALL = "all"
_LOOKED_AT = 5
"""Results whose ages are looked at."""
LIMIT = 10


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of tests/data/queries.yaml."""

    lang: str
    style: str
    q: str
    needs: list[str]
    crisis: str
    age_months: tuple[int, int] | None = None
    district: str | None = None
    barriers: list[str] = []


@dataclass(frozen=True)
class Answer:
    """What the search has made of a line."""

    line: Line
    understood: dict[str, Any]
    results: list[dict[str, Any]]

    @property
    def rank(self) -> int | None:
        """Where the first result stands that carries one of the needs; 1 is the first place."""
        wanted = set(self.line.needs)
        return next((place for place, result in enumerate(self.results, 1) if wanted & set(result["needs"])), None)

    @property
    def acute(self) -> bool:
        return bool(self.understood["crisis"] == "acute")

    @property
    def age(self) -> tuple[int, int] | None:
        low, high = self.understood["age_months_min"], self.understood["age_months_max"]
        return None if low is None else (low, high)

    @property
    def outside_age(self) -> list[str]:
        """The first results that do not take a child of the age that the line says."""
        if self.line.age_months is None:
            return []
        first, last = self.line.age_months
        return [
            result["slug"]
            for result in self.results[:_LOOKED_AT]
            if (result["min_age_months"] or 0) > last
            or (result["max_age_months"] is not None and result["max_age_months"] < first)
        ]


@dataclass(frozen=True)
class Row:
    """The figures of a part of the lines. Shares are None where there is nothing to take a share of."""

    engine: str
    lang: str
    style: str
    lines: int
    hit1: float | None
    """Lines with needs whose first result carries one of them."""
    hit3: float | None
    """The same among the first three."""
    mrr: float | None
    """The mean of 1 / place of the first right result."""
    empty: int
    """Lines without any result."""
    acute_found: float | None
    """Lines of somebody in danger that were taken for that."""
    false_alarms: int
    """Lines of nobody in danger that were taken for one."""
    hint_seen: float | None
    """Lines near a crisis that got a number to call."""
    ages_right: float | None
    """Lines with an age that was understood to the month."""
    ages_invented: int
    """Lines without an age in which one was seen."""
    outside_age: int
    """Lines whose first five results are not all for the age that they say."""


def read_lines(files: Sequence[Path] = searching.QUERIES) -> list[Line]:
    return [line for path in files for line in convert(YAML(typ="safe", pure=True).load(path), list[Line])]


def ask_all(client: FlaskClient, lines: Iterable[Line]) -> list[Answer]:
    answers = []
    for line in lines:
        response = client.get("/api/v1/search", query_string={"q": line.q, "lang": line.lang, "limit": LIMIT})
        if response.status_code != 200:
            raise RuntimeError(f"{line.q!r} was answered with {response.status_code}")
        answers.append(Answer(line, response.json["understood"], response.json["results"]))
    return answers


def _share(answers: Sequence[Answer], of: Callable[[Answer], float]) -> float | None:
    return sum(of(answer) for answer in answers) / len(answers) if answers else None


def row(answers: Sequence[Answer], engine: str = "", lang: str = ALL, style: str = ALL) -> Row:
    """The figures of these answers."""
    asked = [answer for answer in answers if answer.line.needs]
    acute = [answer for answer in answers if answer.line.crisis == "acute"]
    hint = [answer for answer in answers if answer.line.crisis == "hint"]
    aged = [answer for answer in answers if answer.line.age_months]
    return Row(
        engine=engine,
        lang=lang,
        style=style,
        lines=len(answers),
        hit1=_share(asked, lambda answer: answer.rank == 1),
        hit3=_share(asked, lambda answer: answer.rank is not None and answer.rank <= 3),
        mrr=_share(asked, lambda answer: 1 / answer.rank if answer.rank else 0),
        empty=sum(not answer.results for answer in answers),
        acute_found=_share(acute, lambda answer: answer.acute),
        false_alarms=sum(answer.acute for answer in answers if answer.line.crisis != "acute"),
        hint_seen=_share(hint, lambda answer: answer.understood["crisis"] is not None),
        ages_right=_share(aged, lambda answer: answer.age == answer.line.age_months),
        ages_invented=sum(answer.age is not None for answer in answers if not answer.line.age_months),
        outside_age=sum(bool(answer.outside_age) for answer in answers),
    )


def rows(answers: Sequence[Answer], engine: str = "") -> list[Row]:
    """All lines, then each language, then each style, then each language in each style."""
    langs = list(dict.fromkeys(answer.line.lang for answer in answers))
    styles = list(dict.fromkeys(answer.line.style for answer in answers))
    parts = [(ALL, ALL), *((lang, ALL) for lang in langs), *((ALL, style) for style in styles)]
    parts += [(lang, style) for lang in langs for style in styles]
    return [
        row(
            [answer for answer in answers if lang in (ALL, answer.line.lang) and style in (ALL, answer.line.style)],
            engine,
            lang,
            style,
        )
        for lang, style in parts
    ]


def quality(engine: str) -> list[Row]:
    """The figures of one engine ("embedded", "meilisearch") with the demo Kommune."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = searching.make_app(folder / "demo")
        if engine == searching.EMBEDDED:
            return rows(ask_all(app.test_client(), read_lines()), engine)
        with searching.meilisearch(folder / "meilisearch") as server:
            if server is None:
                raise SystemExit("There is no Meilisearch here: set MEILI_URL, or `npm ci` in tests/e2e.")
            with searching.asked_through(app, server, deadline=searching.PATIENT):
                answers = ask_all(app.test_client(), read_lines())
                if failure := app.extensions["engines"].last_error:
                    raise SystemExit(f"Meilisearch has failed, the figures would be those of both: {failure}")
    return rows(answers, engine)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def table(found: Sequence[Row]) -> list[str]:
    """The figures as a table in Markdown."""
    heads = [
        "Engine",
        "Language",
        "Style",
        "Lines",
        "hit@1",
        "hit@3",
        "MRR",
        "No result",
        "Acute found",
        "False alarms",
    ]
    heads += ["Hints seen", "Ages right", "Invented", "Outside the age"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for each in found:
        cells = [each.engine, each.lang, each.style, str(each.lines), _percent(each.hit1), _percent(each.hit3)]
        cells += ["–" if each.mrr is None else f"{each.mrr:.2f}", str(each.empty), _percent(each.acute_found)]
        cells += [str(each.false_alarms), _percent(each.hint_seen), _percent(each.ages_right)]
        cells += [str(each.ages_invented), str(each.outside_age)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    for engine in searching.engines_here():
        print("\n".join(table(quality(engine))), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
