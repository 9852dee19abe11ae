"""So fragen Eltern: lines that lead to a need, as parents type them. The search finds new ones at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlmodel import Session

from portal.editing import audit, trash
from portal.editing.actor import Actor, NotAllowedError
from portal.editing.audit import Action
from portal.models import Need, NeedText, NeedUtterance
from portal.offers.taxonomy import SOURCE_LANGUAGE
from portal.search.features import plain

LONGEST = 200
"""Characters of a line, as the search field takes them."""
MOST = 500
"""Lines at once."""


@dataclass
class Added:
    lines: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    """That this need has already."""
    elsewhere: dict[str, list[str]] = field(default_factory=dict)
    """Lines that other needs have too, with the German names of these."""


def list_lines(
    session: Session, actor: Actor, code: str, *, lang: str, q: str, offset: int, limit: int
) -> tuple[Sequence[NeedUtterance], int]:
    """The newest first, and how many there are. `lang` "": all languages. Two queries. Raises NotAllowedError."""
    _check(session, actor, code)
    conditions = [NeedUtterance.need_code == code]
    if lang:
        conditions.append(NeedUtterance.lang == lang)
    if q:
        conditions.append(func.lower(NeedUtterance.line).contains(q.lower(), autoescape=True))
    rows = session.execute(
        select(NeedUtterance).where(*conditions).order_by(NeedUtterance.id.desc()).offset(offset).limit(limit)
    ).scalars()
    total = session.execute(select(func.count()).select_from(NeedUtterance).where(*conditions)).scalar_one()
    return list(rows), total


def count_by_language(session: Session, code: str) -> dict[str, int]:
    rows = session.execute(
        select(NeedUtterance.lang, func.count()).where(NeedUtterance.need_code == code).group_by(NeedUtterance.lang)
    )
    return {row[0]: row[1] for row in rows}


def add_lines(session: Session, actor: Actor, code: str, lang: str, lines: Iterable[str]) -> Added:
    """Add lines to a need; one that it has, in whatever case, is not added again.

    Raises NotAllowedError, or ValueError with a German sentence for a line that is too long, or for too many.
    """
    _check(session, actor, code)
    cleaned = [line for raw in lines if (line := " ".join(raw.split()))]
    # Of lines that the search cannot tell apart, the first.
    wanted = list({plain(line): line for line in reversed(cleaned)}.values())[::-1]
    if len(wanted) > MOST:
        raise ValueError(f"Das sind {len(wanted)} Zeilen; höchstens {MOST} gehen auf einmal.")
    if long := [line for line in wanted if len(line) > LONGEST]:
        raise ValueError(f"Eine Zeile ist länger als {LONGEST} Zeichen: „{long[0][:60]}…“")
    known = session.execute(
        select(NeedUtterance.need_code, func.lower(NeedUtterance.line), NeedText.label)
        .join(NeedText, (NeedText.need_code == NeedUtterance.need_code) & (NeedText.lang == SOURCE_LANGUAGE))
        .where(func.lower(NeedUtterance.line).in_([line.lower() for line in wanted]))
        .order_by(NeedText.label)
    ).all()
    here = {line for need, line, _label in known if need == code}
    result = Added()
    for line in wanted:
        others = list(dict.fromkeys(label for need, same, label in known if same == line.lower() and need != code))
        if line.lower() in here:
            result.present.append(line)
            continue
        result.lines.append(line)
        if others:
            result.elsewhere[line] = others
        # Without a name it would count as one that the model of the search has learnt.
        session.add(NeedUtterance(need_code=code, lang=lang, line=line, added_by=actor.name or "Redaktion"))
    if result.lines:
        audit.record(
            session, actor, Action.CREATED, kind="utterance", entity=code, label=f"{len(result.lines)} Zeilen ({lang})",
            details="; ".join(result.lines)[:1000],
        )  # fmt: skip
    return result


def remove_lines(session: Session, actor: Actor, code: str, ids: Sequence[int]) -> int:
    """Into the bin. Returns how many there were. Raises NotAllowedError."""
    _check(session, actor, code)
    condition = NeedUtterance.id.in_(ids) & (NeedUtterance.need_code == code)
    lines = list(session.execute(select(NeedUtterance.line).where(condition).order_by(NeedUtterance.id)).scalars())
    if lines:
        label = f"„{lines[0]}“" + (f" und {len(lines) - 1} weitere" if len(lines) > 1 else "")
        trash.put(session, actor, kind="utterance", entity=code, label=label, rows=[(NeedUtterance, condition)])
    return len(lines)


def _check(session: Session, actor: Actor, code: str) -> None:
    if not actor.edits_everything or session.get(Need, code) is None:
        raise NotAllowedError(code)
