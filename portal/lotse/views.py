"""The conversation: entry, steps, plan. Answers travel in one sealed word; the server remembers nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import paper
from portal.extensions import db
from portal.htmx import render, wants_block
from portal.i18n import current_language
from portal.lotse import paper as plan_paper
from portal.lotse import plan_calendar, presentation
from portal.lotse.answers import DONT_KNOW, MAX_CHILDREN, SKIPPED, AnswerError, check_offered
from portal.lotse.context import flow_link, flow_links, lotse, step_url, tokens
from portal.lotse.engine import Asked, Path, find_path
from portal.lotse.presentation import PlanBuilder, ShownPlan, Words
from portal.lotse.schema import FlowFile, QuestionKind
from portal.lotse.state import KEEP_DAYS, State
from portal.lotse.suggest import SAME_HELP, answer_of_crisis, is_vague, suggest
from portal.offers.context import catalogue, hotlines_here, public_url, site, today
from portal.sealing import BadTokenError, ExpiredTokenError
from portal.search.crisis import ACUTE, Crisis
from portal.search.presentation import EmergencyBox, emergency_box
from portal.search.service import Question
from portal.search.views import clean, searcher

blueprint = Blueprint("lotse", __name__, url_prefix="/<lang:language>/lotse")
UNNAMED = "?"
"""A crisis that was understood, but not which."""


@blueprint.after_request
def keep_nowhere(response: Response) -> Response:
    """Answers stand in the page: it is kept in no cache, not even the browser's on a shared phone."""
    response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class Talk:
    """A conversation as it stands."""

    state: State
    flow: FlowFile
    path: Path
    until: date | None = None
    """The last day on which its address can be opened."""


def _talk(state: State, until: date | None = None) -> Talk:
    state = state.on(today())
    flow = lotse().flows[state.flow]
    return Talk(
        state, flow, find_path(flow, state.answers, as_of=today(), land=site().kommune.land, at=state.at), until
    )


# --- beginning ----------------------------------------------------------------------------------------------------


@blueprint.get("")
def entry() -> ResponseReturnValue:
    return _entry()


def _entry(problem: str | None = None, *, status: int = 200, state: State | None = None) -> Response:
    """All flows; above them help in a crisis, and those that a line may be about."""
    if state:
        g.page_query = f"t={tokens().seal(state, today())}"
    known = [name for name in (state.suggested if state else ()) if name in lotse().flows]
    response = render(
        "lotse/entry.html",
        block="chat",
        flows=flow_links(),
        problem=problem,
        suggested=[flow_link(name, step_url(_in_flow(state, name))) for name in known if state],
        crisis=_crisis_box(state) if state else None,
    )
    response.status_code = status
    return response


def _in_flow(state: State, name: str) -> State:
    """The same answers, in another flow."""
    return msgspec.structs.replace(state, flow=name, version=lotse().flows[name].version, at="")


@blueprint.post("")
def say() -> ResponseReturnValue:
    """A line in own words, at the beginning or at any step. What it says is kept as answers; the line is not."""
    before = _talked_before(request.form.get("t", ""))
    text = clean(request.form.get("q", ""))
    if not text:
        return _again(before, "nothing")
    question = Question(text=text, lang=current_language().code, today=today(), limit=1)
    understood = searcher().understand(question, catalogue())
    found = suggest(lotse(), understood)
    # What was said before was said of ages then.
    known = (before or State("", 0, {})).on(today())
    if understood.crisis and understood.crisis.level == ACUTE:
        known = msgspec.structs.replace(known, answers={**found.certain, **known.answers})
        return _go(_in_crisis(known, understood.crisis.situation or UNNAMED))
    if is_vague(lotse(), text):
        return _again(before, "vague")
    if not found.flows:
        return _again(before, "not_understood")
    wishes = tuple(dict.fromkeys((*known.wishes, *found.wishes)))
    state = msgspec.structs.replace(known, answers={**found.answers, **known.answers}, wishes=wishes)
    first = found.flows[0]
    if found.clear and known.flow in ("", first):
        return _go(_in_flow(state, first))
    if known.flow and not found.clear:
        return _go(state) if state.answers != known.answers else _again(before, "not_understood")
    # It may be about something else: the family chooses.
    suggested = tuple(dict.fromkeys((*found.flows[:3], *([known.flow] if known.flow else []))))
    return _go(msgspec.structs.replace(state, flow="", suggested=suggested))


def _talked_before(token: str) -> State | None:
    """The conversation in which a line was sent; None where there is none that goes on."""
    try:
        state, _until = tokens().open(token, today())
    except (BadTokenError, ExpiredTokenError):
        return None
    return state if state.flow in lotse().flows else None


def _again(before: State | None, problem: str) -> Response:
    """The page on which the line was sent, with what was wrong with it."""
    return _show(_talk(before), problem) if before else _entry(problem)


def _in_crisis(known: State, situation: str) -> State:
    """With help first. Where an answer stands for the crisis, it is given: what is plain is not asked."""
    state = msgspec.structs.replace(known, crisis=situation)
    told = answer_of_crisis(lotse(), situation)
    if told is None:
        return msgspec.structs.replace(state, flow="", suggested=())
    flow, question, raw = told
    for each in lotse().flows[flow].questions:
        if each.id == question:
            break
        if each.id not in state.answers:
            state = state.with_answer(each.id, SKIPPED)
    return _in_flow(state.with_answer(question, raw), flow)


@blueprint.get("/<flow>")
def start(flow: str) -> ResponseReturnValue:
    """A flow from its beginning; an address that can be put on a poster."""
    if flow not in lotse().flows:
        abort(404)
    return _show(_talk(State(flow, lotse().flows[flow].version, {})))


# --- one step -----------------------------------------------------------------------------------------------------


def _opened() -> Talk | Response:
    """The conversation of the token, or the page that says why there is none."""
    try:
        state, until = tokens().open(request.values.get("t", ""), today())
    except ExpiredTokenError:
        return _entry("expired", status=410)
    except BadTokenError:
        return _entry("bad", status=400)
    if state.flow == "":
        return _entry(state=state)
    if state.flow not in lotse().flows:
        return _entry("gone", status=410)
    return _talk(state, until)


@blueprint.get("/schritt")
def step() -> ResponseReturnValue:
    talk = _opened()
    return talk if isinstance(talk, Response) else _show(talk)


@blueprint.post("/schritt")
def answer() -> ResponseReturnValue:
    talk = _opened()
    if isinstance(talk, Response):
        return talk
    asked = _asked(talk, request.form.get("q", ""))
    if asked is None:
        return _show(talk, "out_of_order", status=400)
    try:
        state = _answered(talk.state, asked)
    except AnswerError as error:
        return _show(talk, error.reason, status=400)
    return _go(state)


def _asked(talk: Talk, question: str) -> Asked | None:
    """The question that was answered: the open one, or one that was answered before (somebody went back)."""
    path = talk.path
    return next(
        (each for each in [path.open, *path.answered, *path.later] if each and each.question.id == question), None
    )


def _answered(state: State, asked: Asked) -> State:
    """Raises AnswerError."""
    question, sent = asked.question, [value for value in request.form.getlist("a") if value]
    state = msgspec.structs.replace(state, version=lotse().flows[state.flow].version)
    if question.kind is QuestionKind.CHILDREN and sent[:1] not in ([DONT_KNOW], [SKIPPED]):
        return _with_children(state, asked, sent)
    raw = check_offered(
        question,
        sent,
        options=[option.id for option in asked.options],
        districts=catalogue().districts,
        as_of=today(),
    )
    return state.with_answer(question.id, raw)


def _with_children(state: State, asked: Asked, sent: list[str]) -> State:
    """One child more, one less, or done. Until it is done the question stays open."""
    name = asked.question.id
    children = list(asked.raw) if isinstance(asked.raw, list) else []
    dropped = request.form.get("weg", "")
    if dropped:
        if dropped not in map(str, range(len(children))):
            raise AnswerError("unknown_answer")
        children.pop(int(dropped))
    elif "fertig" in request.form:
        if not children:
            raise AnswerError("nothing")
        return state.with_answer(name, children)
    else:
        raw = check_offered(asked.question, sent, options=(), districts=(), as_of=today())
        if len(children) >= MAX_CHILDREN:
            raise AnswerError("too_many")
        children.append(str(raw))
    return state.with_answer(name, children, at=name) if children else state.without(name, at=name)


def _go(state: State) -> Response:
    """To the page of this state: by htmx at once, else by its address."""
    address = step_url(state)
    if not wants_block() or not state.flow:
        return make_response(redirect(address, 303))
    response = _show(_talk(state))
    response.headers["HX-Push-Url"] = address
    return response


def _show(talk: Talk, problem: str | None = None, *, status: int = 200) -> Response:
    """The next question, or the plan."""
    if talk.state.version != talk.flow.version and talk.state.answers:
        problem = problem or "newer"
    token = tokens().seal(talk.state, today())
    if request.endpoint != "lotse.start":
        # Everywhere else the address is nothing without it: the menu of languages repeats it.
        g.page_query = f"t={token}"
    words, path = Words(lotse(), talk.flow), talk.path
    context: dict[str, Any] = {
        "talk": talk,
        "words": words,
        "token": token,
        "problem": problem,
        "crisis": _crisis_box(talk.state, path),
        "catalogue": catalogue(),
        "said": [(each, presentation.answer_text(each, words, catalogue())) for each in path.answered],
        "edit": {each.question.id: _edit_url(talk, each) for each in path.answered},
        "plan": None,
    }
    if path.open is None:
        context |= {"plan": build_plan(talk), "links": PlanLinks(talk, token)}
    else:
        context |= presentation.choices(talk.flow, path.open, len(path.answered), words, catalogue(), today())
    response = render("lotse/talk.html", block="chat", **context)
    response.status_code = status
    return response


def _edit_url(talk: Talk, asked: Asked) -> str:
    state = msgspec.structs.replace(talk.state, at=asked.question.id)
    if asked.question.id not in state.answers and asked.raw is not None:
        # Known from another flow: from now on an answer of this one.
        state = state.with_answer(asked.question.id, asked.raw, at=asked.question.id)
    return step_url(state)


def _crisis_box(state: State, path: Path | None = None) -> EmergencyBox | None:
    """Help comes first, whether words or an answer told of the crisis."""
    situation = path.crisis if path else None
    if situation is None or situation == SAME_HELP.get(state.crisis):
        situation = state.crisis
    return emergency_box(Crisis(ACUTE, None if situation == UNNAMED else situation), []) if situation else None


# --- the plan -----------------------------------------------------------------------------------------------------


class PlanLinks:
    """Where the plan leads: to itself as paper, as calendar, and to other flows that know what this one knows."""

    def __init__(self, talk: Talk, token: str) -> None:
        self._state, self.token = talk.state, token
        self.until = today() + timedelta(KEEP_DAYS)
        self.here = url_for("lotse.step", t=token)
        self.pdf = url_for("lotse.plan_pdf", t=token) if paper.is_possible() else None
        self.calendar = url_for("lotse.plan_ics", t=token)
        self.share = public_url() + self.here
        self.german = url_for("lotse.step", language="de", t=token)
        self.qr = url_for("lotse.plan_qr", t=token)

    def flow(self, name: str) -> str:
        return step_url(_in_flow(self._state, name))


def build_plan(talk: Talk) -> ShownPlan:
    """In the language of this request."""
    return PlanBuilder(
        lotse(),
        talk.flow,
        talk.path,
        session=db.session,
        catalogue=catalogue(),
        facts=current_app.extensions["facts"],
        hotlines={line.id: line for line in hotlines_here()},
        wishes=talk.state.wishes,
        as_of=today(),
    ).build()


def _finished() -> Talk | Response:
    talk = _opened()
    if not isinstance(talk, Response) and talk.path.open is not None:
        return make_response(redirect(url_for("lotse.step", t=request.args["t"]), 303))
    return talk


def _plan_address() -> str:
    """Where the plan of this request can be opened by somebody else."""
    return public_url() + url_for("lotse.step", t=request.args["t"])


@blueprint.get("/plan.pdf")
def plan_pdf() -> ResponseReturnValue:
    talk = _finished()
    if isinstance(talk, Response):
        return talk

    def draw() -> bytes:
        return plan_paper.make(
            lotse(),
            talk.flow,
            lambda: build_plan(talk),
            lang=current_language().code,
            address=_plan_address(),
            until=talk.until or today(),
            crisis=_crisis_box(talk.state, talk.path),
        )

    return paper.pdf_answer(draw, "plan.pdf")


@blueprint.get("/plan.svg")
def plan_qr() -> ResponseReturnValue:
    """The address of the plan as a picture to photograph; fetched only by who wants to see it."""
    talk = _finished()
    if isinstance(talk, Response):
        return talk
    picture = paper.qr_svg(_plan_address())
    if picture is None:
        abort(404)
    response = make_response(picture)
    response.mimetype = "image/svg+xml"
    return response


@blueprint.get("/plan.ics")
def plan_ics() -> ResponseReturnValue:
    talk = _finished()
    if isinstance(talk, Response):
        return talk
    response = make_response(plan_calendar.build(build_plan(talk), today()))
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = "attachment; filename=plan.ics"
    return response
