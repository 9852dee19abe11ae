"""What a conversation has said so far, as one opaque word in the address (portal.sealing). Nothing of it is stored."""

from __future__ import annotations

from datetime import date

import msgspec

from portal.lotse.answers import LAST_MONTH, AnswerError, Child, Raw, read_child
from portal.sealing import BadTokenError, Seal

KEEP_DAYS = 30
_MAX_ANSWERS = 40


class State(msgspec.Struct, frozen=True, array_like=True):
    """Answers of all flows so far: going on in another flow, they are known there too."""

    flow: str
    version: int
    answers: dict[str, Raw]
    at: str = ""
    """The question that is to be asked again, or that is not finished (one child more)."""
    wishes: tuple[str, ...] = ()
    """What the first line said beside: values of Barrier. Offers that have it come first."""
    crisis: str = ""
    """A situation of content/emergency.<lang>.yaml that a line told of, "?" for one that has no name."""

    suggested: tuple[str, ...] = ()
    """Before a flow is chosen: those that the first line may be about."""
    day: int = 0
    """The day (ordinal) as of which the ages are; 0 before there are answers."""

    def on(self, today: date) -> State:
        """The same on another day: a child that was 1 month old in November is 2 months old in December."""
        later = 0
        if self.day:
            then = date.fromordinal(self.day)
            later = max(0, (today.year - then.year) * 12 + today.month - then.month)
        answers = {name: _older(raw, later) for name, raw in self.answers.items()} if later else self.answers
        return msgspec.structs.replace(self, answers=answers, day=today.toordinal())

    def with_answer(self, question: str, raw: Raw, at: str = "") -> State:
        return msgspec.structs.replace(self, answers={**self.answers, question: raw}, at=at)

    def without(self, question: str, at: str = "") -> State:
        answers = {name: raw for name, raw in self.answers.items() if name != question}
        return msgspec.structs.replace(self, answers=answers, at=at)


def _older(raw: Raw, months: int) -> Raw:
    """Ages in an answer, `months` later. A child that is not born yet is told by the month of its birth."""
    if isinstance(raw, list):
        return [str(_older(one, months)) for one in raw]
    try:
        child = read_child(raw)
    except AnswerError:
        return raw
    if child.high < 0:
        return raw
    return Child(child.place, min(child.low + months, LAST_MONTH), min(child.high + months, LAST_MONTH)).key


class LotseTokens:
    def __init__(self, secret: bytes) -> None:
        self._seal = Seal(secret, "lotse answers", KEEP_DAYS)

    def seal(self, state: State, today: date) -> str:
        return self._seal.close(msgspec.msgpack.encode(state, order="deterministic"), today)

    def open(self, token: str, today: date) -> tuple[State, date]:
        """The state, and the last day on which this token can be opened. Raises BadTokenError or ExpiredTokenError."""
        message, day = self._seal.open(token, today)
        try:
            state = msgspec.msgpack.decode(message, type=State)
        except msgspec.MsgspecError as error:
            raise BadTokenError from error
        if len(state.answers) > _MAX_ANSWERS or not 0 <= state.day <= date.max.toordinal():
            raise BadTokenError
        return state, date.fromordinal(day.toordinal() + KEEP_DAYS)
