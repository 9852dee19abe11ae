"""The database written back as files, in exactly the shapes that portal.content.load reads (docs/adr/0017).

What is internal to the work (versions, drafts in progress, people, the log) is not content and stays where it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from portal.content.export_demo import Files, demo_files
from portal.content.files import Utterances
from portal.content.load import has_content
from portal.content.schema import (
    ContentError,
    LifePhaseTexts,
    NeedFile,
    NeedTexts,
    read,
)
from portal.content.site import SOURCE_LANGUAGE, PageSource, page_text
from portal.content.yaml_text import plain, yaml_text
from portal.models import (
    LifePhaseText,
    Need,
    NeedLifePhase,
    NeedLifeSituation,
    NeedText,
    NeedUtterance,
    Organization,
    PageText,
)
from portal.models.enums import LifePhase, LifeSituation
from portal.search.model import NONE

_OWN = (
    "needs/*.yaml",
    "needs/utterances/*.yaml",
    "pages/*.md",
    "demo/offers/*.yaml",
    "demo/texts.*.yaml",
    "demo/pictures/*.webp",
    "demo/directory.yaml",
)
"""The files that are written whole: what is not in the database any more is taken away among them."""


@dataclass(frozen=True)
class Exported:
    written: int
    removed: int
    unchanged: int


def export_content(session: Session, folder: Path, present: Path) -> Exported:
    """Write all content below `folder`; files that say the same already are not touched.

    `present` is the content folder in use: official terms, facts of a need, words and postal codes are only there, and
    are taken along. Raises ContentError where `folder` holds something else than content.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "needs" / "order.yaml").exists():
        raise ContentError(f"{folder} is not empty and holds no content; name an empty folder")
    if not has_content(session):
        raise ContentError("There is nothing in the database yet: `portal content load` fills it")
    kept = {path for pattern in _OWN for path in folder.glob(pattern)}
    written = unchanged = 0
    for name, text in _files(session, present):
        path = folder / name
        data = text if isinstance(text, bytes) else text.encode()
        kept.discard(path)
        if path.exists() and path.read_bytes() == data:
            unchanged += 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written += 1
    if session.execute(select(Organization.id).limit(1)).first() is None:
        # Nobody has begun with a Kommune of their own: the demo stays.
        kept = {path for path in kept if (folder / "demo") not in path.parents}
    for path in kept:
        path.unlink()
    return Exported(written, len(kept), unchanged)


def _files(session: Session, present: Path) -> Files:
    yield from _needs(session, present / "needs")
    yield from _utterances(session, present / "needs" / "utterances")
    yield from _pages(session)
    yield from _life_phases(session)
    yield from demo_files(session, present / "demo")


# --- Needs, what parents type, pages, life phases ---


def _needs(session: Session, folder: Path) -> Files:
    texts: dict[str, dict[str, NeedTexts]] = defaultdict(dict)
    for row in session.execute(select(NeedText.__table__).order_by(NeedText.lang)):
        texts[row.need_code][row.lang] = NeedTexts(
            state=row.state, label=row.label, question=row.question, explanation=row.explanation
        )
    phases, situations = defaultdict(set), defaultdict(set)
    for code, phase in session.execute(select(NeedLifePhase.need_code, NeedLifePhase.life_phase)):
        phases[code].add(phase)
    for code, situation in session.execute(select(NeedLifeSituation.need_code, NeedLifeSituation.life_situation)):
        situations[code].add(situation)
    order = []
    for need in session.execute(select(Need).order_by(Need.position, Need.code)).scalars():
        order.append(need.code)
        path = folder / f"{need.code}.yaml"
        before = read(path, NeedFile) if path.exists() else None
        low, high = need.min_age_months, need.max_age_months
        others = [item for item in LifeSituation if item in situations[need.code] and item != need.life_situation]
        file = NeedFile(
            code=need.code,
            life_situations=[need.life_situation, *others],
            lotse=need.flow,
            typical_age_years=None if low is None or high is None else (low // 12, high // 12),
            frequent=need.frequent,
            life_phases=[phase for phase in LifePhase if phase in phases[need.code]],
            facts=before.facts if before else [],
            texts=_german_first(texts[need.code]),
            official_terms=before.official_terms if before else {},
        )
        fields = plain(file)
        for lang, words in fields["texts"].items():
            fields["texts"][lang] = {"state": file.texts[lang].state.value, **words}
        yield f"needs/{need.code}.yaml", yaml_text(fields)
    yield (
        "needs/order.yaml",
        "# Die Reihenfolge, in der die Bedarfe in Listen stehen.\n" + "".join(f"- {code}\n" for code in order),
    )


def _german_first(by_lang: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(by_lang.items(), key=lambda pair: (pair[0] != SOURCE_LANGUAGE, pair[0])))


def _utterances(session: Session, folder: Path) -> Files:
    """The lines of the database; words, and the lines that speak of no need, are only in the files."""
    lines: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for code in session.execute(select(Need.code)).scalars():
        lines[code] = defaultdict(list)
    for row in session.execute(
        select(NeedUtterance.need_code, NeedUtterance.lang, NeedUtterance.line).order_by(NeedUtterance.id)
    ):
        lines[row.need_code][row.lang].append(row.line)
    for code, by_lang in sorted(lines.items()):
        path = folder / f"{code}.yaml"
        words = read(path, Utterances).words if path.exists() else {}
        yield (
            f"needs/utterances/{code}.yaml",
            yaml_text(plain(Utterances(lines=_german_first(by_lang), words=words))),
        )
    if (folder / f"{NONE}.yaml").exists():
        yield f"needs/utterances/{NONE}.yaml", (folder / f"{NONE}.yaml").read_bytes()


def _pages(session: Session) -> Files:
    for row in session.execute(select(PageText.__table__).order_by(PageText.slug, PageText.lang)):
        source = PageSource(row.title, row.description, row.body, row.state)
        yield f"pages/{row.slug}.{row.lang}.md", page_text(source, row.lang)


def _life_phases(session: Session) -> Files:
    texts: dict[LifePhase, dict[str, Any]] = defaultdict(dict)
    for row in session.execute(select(LifePhaseText.__table__)):
        words = LifePhaseTexts(label=row.label, ages=row.ages, intro=row.intro)
        texts[row.phase][row.lang] = {"state": row.state.value, **plain(words)}
    if texts:
        phases = {phase.value: _german_first(texts[phase]) for phase in LifePhase if phase in texts}
        yield (
            "life_phases.yaml",
            "# Die 8 Lebensphasen von der Schwangerschaft bis zur Ausbildung.\n" + yaml_text(phases),
        )
