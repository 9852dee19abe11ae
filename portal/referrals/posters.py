"""A poster for a waiting room, and cards to take along: a question in each language, and a code that leads on.

Whose room it is says once for which children: a life phase or an age. The code holds a short address of ours, so that
what hangs on a wall stays right when pages move.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import render_template, url_for
from markupsafe import Markup

from portal import i18n, paper
from portal.i18n import N_, speaking
from portal.models.enums import LifePhase
from portal.offers.context import public_url
from portal.offers.presentation import life_phase
from portal.offers.wording import age_text

STYLE = "poster.css"
QUIET = 4
"""Modules that stay white around a code: what the standard asks for."""
MODULE = 0.8
"""Millimetres at least, so that an old phone can read it."""


class Format(StrEnum):
    """What is printed; each on A4."""

    POSTER = "a4"
    LEAFLETS = "a6"
    CARDS = "karten"


COPIES = {Format.POSTER: 1, Format.LEAFLETS: 4, Format.CARDS: 10}
_WIDTH = {Format.POSTER: 92.0, Format.LEAFLETS: 46.0, Format.CARDS: 34.0}
"""Of the code with its white edge, in millimetres."""

_FOR_YOU = N_("Was brauche ich jetzt?")
_FOR_CHILD = N_("Was braucht mein Kind?")


@dataclass(frozen=True)
class Poster:
    phase: LifePhase | None
    age: int | None
    """In whole months; one of both is set."""
    format: Format
    langs: Sequence[str]
    """BCP 47, in the order in which they stand there."""

    @property
    def address(self) -> str:
        """Where the code leads."""
        if self.phase is not None:
            return public_url() + url_for("posters.to_life_phase", phase=self.phase.value)
        return public_url() + url_for("posters.to_age", months=self.age)


@dataclass(frozen=True)
class Headline:
    lang: str
    dir: str
    question: str
    whom: str
    """For which children, in a few words."""


@dataclass(frozen=True)
class Code:
    picture: Markup
    width: float
    """Millimetres, with the white edge."""


def headlines(poster: Poster) -> list[Headline]:
    found = []
    for lang in poster.langs:
        with speaking(lang):
            expecting = poster.phase is LifePhase.PREGNANCY
            whom = life_phase(poster.phase).label if poster.phase is not None else age_text(poster.age or 0)
            language = i18n.current_language()
            question = i18n.gettext(_FOR_YOU if expecting else _FOR_CHILD)
            found.append(Headline(language.code, language.direction, question, whom))
    return found


def code(poster: Poster, *, for_page: bool) -> Code:
    """The code in its size. On a page it is drawn: the policy of the site allows no pictures inside an address."""
    made = paper.code(poster.address, error="m")
    assert made is not None, "a short address fits into a code"
    modules = made.symbol_size(border=QUIET)[0]
    width = max(_WIDTH[poster.format], math.ceil(modules * MODULE))
    says = i18n.gettext("QR-Code mit der Adresse %(address)s") % {"address": poster.address}
    scale = width / modules
    if for_page:
        drawn = made.svg_inline(scale=scale, unit="mm", border=QUIET, svgclass=None, lineclass=None)
        picture = Markup('<span role="img" aria-label="{}">{}</span>').format(says, Markup(drawn))  # noqa: S704  (drawn here)
    else:
        drawn = made.svg_data_uri(scale=scale, unit="mm", border=QUIET)
        picture = Markup('<img src="{}" alt="{}">').format(drawn, says)
    return Code(picture, width)


def body(poster: Poster, *, for_page: bool) -> Markup:
    """What is printed: as often as it fits on a sheet of A4."""
    html = render_template(
        "referrals/poster_body.html",
        poster=poster,
        headlines=headlines(poster),
        code=code(poster, for_page=for_page),
        copies=COPIES[poster.format],
        top="p" if for_page else "h1",
    )
    return Markup(html)  # noqa: S704  (escaped there)


def pdf(poster: Poster) -> bytes:
    """Tagged. The caller has asked paper.is_possible(). Raises portal.paper.BusyError."""
    with speaking(poster.langs[0]):
        html = render_template("referrals/poster_paper.html", body=body(poster, for_page=False))
    return paper.html_to_pdf(html, STYLE)
