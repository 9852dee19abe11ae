"""One offer in its form: where the words come from, what the buttons inside the form do, and how it is shown."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flask import current_app, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.datastructures import MultiDict

from portal.admin import offer_mapping
from portal.admin.offer_form import MAX_ROWS, TEXT_ROWS, OfferForm
from portal.content.schema import OfferContent, OfferTexts
from portal.editing import drafts, offer_lists
from portal.editing.actor import Actor
from portal.editing.checks import Remark, remarks
from portal.editing.drafts import MAX_BYTES
from portal.editing.freshness import SHOWN, STAGES, Stage, stage_of
from portal.editing.links import FILE, Problem, problems_of, read_stored
from portal.editing.versions import Working, comments_of, working
from portal.extensions import db
from portal.models import Offer
from portal.models.enums import LifeSituation, OfferKind
from portal.offers.context import site, today
from portal.offers.wording import LABELS
from portal.plain.check import Finding, Report, check_text, replace
from portal.plain.words import PlainWords

_LONG_FORM = 8 * 1024 * 1024
_NOTHING_YET = OfferContent(organization="", kind=OfferKind.COUNSELLING, text=OfferTexts(title=""))


def FORM_LIMIT() -> int:
    """What an editor pastes by mistake is refused field by field and shown again; a stranger's megabytes are not read."""
    return _LONG_FORM if current_user.is_authenticated else MAX_BYTES


def is_form_change(sent: MultiDict[str, str]) -> bool:
    """Whether a button inside the form was pressed (one more line, search, replace a word), not one that saves."""
    return sent.get("do", "").split(":")[0] in {"more", "less", "search", "replace", "refresh"}


def _with_plain_names(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """Without fields that no form of ours has: "hours-²-start" is a number to WTForms and none to Python."""
    return MultiDict((name, value) for name, value in sent.items(multi=True) if name.isascii() and len(name) < 80)


def whole_number(text: str) -> int | None:
    """A number of a version as a form sends it; None where it is none."""
    return int(text) if re.fullmatch("[0-9]{1,7}", text) else None


class Editor:
    """The form for one actor and one offer (None: a new one), from what was sent, else from a draft, else as saved."""

    def __init__(self, actor: Actor, offer: Offer | None, sent: MultiDict[str, str] | None = None) -> None:
        self.actor, self.offer = actor, offer
        self.key = f"offer/{offer.id}" if offer else "offer/new"
        self.now: Working | None = working(db.session, offer) if offer else None
        self.draft = drafts.find(db.session, actor, self.key) if sent is None else None
        if self.draft and offer and self.draft[2] < offer.created_at:
            # Of an offer that was deleted: SQLite gives its number to the next new one.
            self.draft = None
        sent = sent if sent is not None else MultiDict(self.draft[1]) if self.draft else None
        self.sent = None if sent is None else _with_plain_names(sent)
        self._search = ""
        self.form = self._make_form()
        self.is_right = False
        """Whether the form was looked at and found to be right (`check()`)."""

    @staticmethod
    def words() -> PlainWords:
        words: PlainWords = current_app.extensions["plain_words"]
        return words

    @staticmethod
    def review_after() -> timedelta:
        """How long an offer counts as checked (kommune.yaml)."""
        return timedelta(site().kommune.freshness.review_after_days)

    def _make_form(self) -> OfferForm:
        content = self.now.content if self.now else None
        data: dict[str, Any] = offer_mapping.to_data(content) if content else {}
        form = OfferForm(self.sent, data=data | {"base": str(self.now.number if self.now else 0)})
        if self.sent is not None:
            self._press_button(form, self.sent.get("do", ""))
        if self.draft:
            form.base.data = str(self.draft[0])
        slug = self.offer.slug if self.offer else ""
        had = offer_lists.titles_of(db.session, content.follow_ups) if content and content.follow_ups else {}
        ticked = offer_lists.titles_of(db.session, form.follow_ups.data, published=True) if form.follow_ups.data else {}
        found = dict(offer_lists.find_titles(db.session, self._search, slug)) if self._search else {}
        follow_ups = {other: title for other, title in (had | ticked | found).items() if other != slug}
        self.choices = offer_lists.choices(db.session, self.actor, form.organization.data)
        offer_mapping.set_choices(form, self.choices, follow_ups, content)
        if self.sent is None and len(self.choices.organizations) == 1:
            form.organization.data = self.choices.organizations[0][0]
        return form

    def _press_button(self, form: OfferForm, button: str) -> None:
        """ "more:hours", "less:schedules:2", "search", "replace:description:12:20:Antrag"."""
        verb, _, rest = button.partition(":")
        if verb == "more" and rest in ("hours", "schedules"):
            rows = form[rest]
            if len(rows.entries) < MAX_ROWS:
                rows.append_entry()
        elif verb == "less":
            name, _, number = rest.partition(":")
            if name in ("hours", "schedules"):
                form[name].entries = [row for row in form[name].entries if row.id != f"{name}-{number}"]
        elif verb == "search":
            self._search = form.follow_up_search.data or ""
        elif verb == "replace":
            name, start, end, suggestion = (*rest.split(":", 3), "", "", "")[:4]
            if name in TEXT_ROWS:
                field, wanted = form[name], (whole_number(start), whole_number(end), suggestion)
                for finding in self.report(field.data or "").findings:
                    if (finding.start, finding.end, finding.suggestion) == wanted:
                        field.data = replace(field.data, finding)

    # --- what it holds --------------------------------------------------------------------------------------------

    @property
    def base(self) -> int:
        """The number of the version that the form began with."""
        return whole_number(self.form.base.data or "") or 0

    def content(self) -> OfferContent:
        """What the form describes; only for a valid one."""
        situations = {code: situation for code, _label, situation in self.choices.needs}
        before = self.now.content if self.now else None
        return offer_mapping.to_content(self.form, before, situations, today())

    def check(self) -> bool:
        """Whether what was sent can be saved; else the fields say why not."""
        self.is_right = self.form.validate()
        return self.is_right

    def keep_draft(self) -> datetime | None:
        """When it was kept; None where it is more than a megabyte."""
        assert self.sent is not None
        pairs = [(name, value) for name, value in self.sent.items(multi=True) if name.split("-")[0] in self.form]
        try:
            return drafts.keep(db.session, self.actor, self.key, self.base, pairs)
        except ValueError:
            return None

    # --- what it says ---------------------------------------------------------------------------------------------

    @classmethod
    def report(cls, text: str) -> Report:
        """How plain a German text is. Of a very long one only the beginning is looked at."""
        return check_text(text[:10_000], cls.words())

    @cached_property
    def remarks(self) -> list[Remark]:
        """What is missing: of the form where it is right so far, else of what is saved; of a new offer everything."""
        if self.is_right:
            return remarks(self.content(), self.words())
        return remarks(self.now.content if self.now else _NOTHING_YET, self.words())

    @cached_property
    def problems(self) -> list[Problem]:
        """What cannot be right about phone and website, as far as the last look at them knows."""
        links = read_stored(current_app.extensions["settings"].data_dir / FILE)
        return problems_of(self.form.phone.data, self.form.website.data, links)

    @property
    def stage(self) -> Stage:
        """How long ago the public offer was confirmed."""
        assert self.offer is not None
        return stage_of(self.offer.review_due, today(), site().kommune)

    @property
    def new_place_of(self) -> str:
        """The organization to which a new place can be added; "" where none is chosen."""
        chosen = self.form.organization.data or ""
        return chosen if chosen in dict(self.choices.organizations) else ""

    @property
    def need_groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes of the needs, by life situation."""
        situation_of = {code: situation for code, _label, situation in self.choices.needs}
        groups: dict[str, list[Any]] = {item.value: [] for item in LifeSituation}
        for box in self.form.needs:
            groups[situation_of[box.data]].append(box)
        return [(LABELS[LifeSituation(value)], boxes) for value, boxes in groups.items()]

    # --- how it is shown ------------------------------------------------------------------------------------------

    def show(self) -> ResponseReturnValue:
        if self.sent is not None:
            self.check()
        return self._page()

    def again(self) -> ResponseReturnValue:
        """The form with what was typed, and what is wrong with it."""
        return make_response(self._page(), 200 if is_form_change(self.sent or MultiDict()) else 422)

    def _page(self) -> str:
        return render_template(
            "admin/offers/form.html",
            editor=self,
            form=self.form,
            offer=self.offer,
            now=self.now,
            comments=comments_of(db.session, self.offer.id) if self.offer else [],
            stages=STAGES,
            shown=SHOWN,
        )


def findings_with_buttons(report: Report) -> list[Finding]:
    """The findings in the order of the text, at most twenty: more would help nobody."""
    return sorted(report.findings, key=lambda finding: (not finding.blocks, finding.start))[:20]
