"""What a conversation has said so far, as one opaque word in the address (portal.sealing). Nothing of it is stored."""

from __future__ import annotations

from datetime import date

import msgspec

from portal.lotse.answers import Raw
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
    suggested: tuple[str, ...] = ()
    """Before a flow is chosen: those that the first line may be about."""
    crisis: str = ""
    """A situation of content/emergency.<lang>.yaml that a line told of, "?" for one that has no name."""

    def with_answer(self, question: str, raw: Raw, at: str = "") -> State:
        return msgspec.structs.replace(self, answers={**self.answers, question: raw}, at=at)

    def without(self, question: str, at: str = "") -> State:
        answers = {name: raw for name, raw in self.answers.items() if name != question}
        return msgspec.structs.replace(self, answers=answers, at=at)


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
        if len(state.answers) > _MAX_ANSWERS:
            raise BadTokenError
        return state, date.fromordinal(day.toordinal() + KEEP_DAYS)
