"""The plan on paper: tagged PDF, the family's language and German side by side (docs/adr/0013)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import render_template
from markupsafe import Markup

from portal import i18n, paper
from portal.content.site import SOURCE_LANGUAGE
from portal.lotse.load import Lotse
from portal.lotse.presentation import ShownPlan, Words
from portal.lotse.schema import FlowFile
from portal.search.presentation import EmergencyBox


def make(
    lotse: Lotse,
    flow: FlowFile,
    build: Callable[[], ShownPlan],
    *,
    lang: str,
    address: str,
    until: date,
    crisis: EmergencyBox | None,
) -> bytes:
    """The PDF. `build` puts the plan into the language of the moment. In a crisis there is no code that leads back to it.

    Raises portal.paper.BusyError.
    """
    sides = [_side(build(), Words(lotse, flow), crisis)]
    if lang != SOURCE_LANGUAGE:
        with i18n.speaking(SOURCE_LANGUAGE):
            sides.append(_side(build(), Words(lotse, flow), crisis))
    rows = list(zip(*(side["parts"] for side in sides), strict=True))
    qr = None if crisis else paper.qr_inside(address)
    html = render_template("lotse/paper.html", sides=sides, rows=rows, qr=qr, until=until)
    return paper.html_to_pdf(html, "paper.css")


def _side(plan: ShownPlan, words: Words, crisis: EmergencyBox | None) -> dict[str, Any]:
    """One language: the head, and the parts in their order, so that both sides can stand beside each other."""

    def part(**content: Any) -> Markup:
        html = render_template("lotse/paper_part.html", words=words, plan=plan, crisis=crisis, **content)
        return Markup(html)  # noqa: S704  (escaped there)

    parts = [part(child=child, step=None, number=0) for child in plan.children]
    parts += [part(child=None, step=step, number=number) for number, step in enumerate(plan.steps, 1)]
    return {
        "lang": i18n.current_language().code,
        "dir": i18n.current_language().direction,
        "head": part(child=None, step=None, number=0),
        "parts": parts,
    }
