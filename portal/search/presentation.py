"""The results of a search as a page shows them: groups by need, chips, reasons, the emergency box."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from portal.content.schema import EmergencySituation, Hotline
from portal.i18n import current_language, gettext, language_name
from portal.models.enums import CostKind, Registration
from portal.offers import queries
from portal.offers.catalogue import Catalogue
from portal.offers.context import hotlines_here, site
from portal.offers.filters import AGE_CHOICES, Barrier, Filters
from portal.offers.queries import Card
from portal.offers.wording import age_text, label
from portal.search.crisis import ACUTE, Crisis
from portal.search.ranking import Ranked
from portal.search.service import Found
from portal.search.understanding import Understood

GROUP_SIZE = 4
"""Cards of one need, before "all"."""
WORDS_SIZE = 12
MAX_GROUPS = 4
MAX_NEED_CHIPS = 3


@dataclass(frozen=True)
class FoundCard:
    card: Card
    reasons: list[str]


@dataclass(frozen=True)
class Group:
    """Results for one need; `code` is None for what was found by its words alone."""

    code: str | None
    label: str
    sentence: str
    text_lang: str
    cards: list[FoundCard]
    total: int
    """How many offers there are for the need with the same age, district and wishes."""
    filters: Filters


@dataclass(frozen=True)
class Chip:
    """A finding that can be taken away."""

    key: str
    words: str


@dataclass(frozen=True)
class EmergencyBox:
    acute: bool
    situation: EmergencySituation
    text_lang: str
    lines: list[Hotline]


def groups(session: Session, found: Found, catalogue: Catalogue) -> list[Group]:
    """The results by need, in the order in which the first of each stands in the ranking."""
    by_need: dict[str | None, list[Ranked]] = {}
    for item in found.ranked:
        by_need.setdefault(item.need, []).append(item)
    # What was found by words alone has no page of its own with all of it.
    chosen = {code: items[: GROUP_SIZE if code else WORDS_SIZE] for code, items in list(by_need.items())[:MAX_GROUPS]}
    lang = current_language().code
    ids = [item.offer_id for items in chosen.values() for item in items]
    cards = {card.row.id: card for card in queries.cards(session, ids, lang)}
    return [
        _group(
            code,
            [
                FoundCard(cards[item.offer_id], reasons(cards[item.offer_id].row, found, catalogue, item.text))
                for item in items
                if item.offer_id in cards
            ],
            found,
            catalogue,
        )
        for code, items in chosen.items()
    ]


def reachable(shown: list[Group], found: Found, catalogue: Catalogue) -> int:
    """How many offers one can get to from these groups: their cards, and all offers behind their links."""
    mask = 0
    for group in shown:
        for card in group.cards:
            mask |= 1 << (catalogue.place_of(card.card.row.id) or 0)
        if group.code:
            mask |= catalogue.need.get(group.code, 0) & found.mask
    return mask.bit_count()


def _group(code: str | None, cards: list[FoundCard], found: Found, catalogue: Catalogue) -> Group:
    filters = list_filters(found.understood, found.loosened)
    if code is None:
        return Group(None, "", "", current_language().code, cards, len(cards), filters)
    info = catalogue.needs[code]
    lang = current_language().code if current_language().code in info.texts else "de"
    text = info.texts[lang]
    filters = replace(filters, need=code)
    return Group(code, text[0], first_sentence(text[2]), lang, cards, catalogue.match(filters).bit_count(), filters)


def first_sentence(text: str) -> str:
    """The first sentence; of several paragraphs, of the first."""
    for place, char in enumerate(text):
        # "Ab dem 1. August" is one sentence.
        ends = char in "!?؟" or (char == "." and not text[max(0, place - 1)].isdigit())
        if ends and (place + 1 == len(text) or text[place + 1].isspace()):
            return text[: place + 1]
    return text


def list_filters(understood: Understood, loosened: tuple[str, ...]) -> Filters:
    """What was understood, as filters of the list of all offers."""
    spans = understood.ages.spans if "age" not in loosened else ()
    return Filters(
        # The list knows one age; with children of several it shows all.
        age=spans[0][0] if len(spans) == 1 and spans[0][0] <= AGE_CHOICES[-1] else None,
        language=understood.languages[0] if len(understood.languages) == 1 and "barrier" not in loosened else None,
        district=understood.district if "district" not in loosened else None,
        barriers=understood.barriers if "barrier" not in loosened else (),
    )


def span_text(span: tuple[int, int]) -> str:
    """An age in words: "10 Monate", "4 Jahre", "7 bis 8 Jahre"."""
    low, high = span
    if high < 24 and low != high:
        return gettext("%(first)s bis %(last)s Monate") % {"first": low, "last": high}
    if high >= 24 and high // 12 > max(low, 12) // 12:
        return gettext("%(first)s bis %(last)s Jahre") % {"first": low // 12, "last": high // 12}
    return age_text(low)


def reasons(row: Any, found: Found, catalogue: Catalogue, text: float) -> list[str]:
    """Why an offer is here, in the reader's words. `row` is that of a card."""
    understood, given = found.understood, []
    spans = understood.ages.spans if "age" not in found.loosened else ()
    limited = row.min_age_months is not None or row.max_age_months is not None
    for span in spans:
        if limited and _takes(row, span):
            given.append(gettext("passt für %(age)s") % {"age": span_text(span)})
    if understood.district and "district" not in found.loosened:
        place = catalogue.district_name(row.district_id)
        named = catalogue.districts[understood.district].name
        if place and understood.district in catalogue.ancestors(_slug(catalogue, row.district_id)):
            given.append(gettext("in %(place)s") % {"place": named})
        elif row.city_wide:
            given.append(gettext("auch für %(place)s") % {"place": named})
    has = {
        Barrier.FREE: row.cost_kind == CostKind.FREE,
        Barrier.NO_REGISTRATION: row.registration == Registration.NONE,
        Barrier.NO_GERMAN: row.no_german_needed,
    }
    position = catalogue.place_of(row.id)
    for barrier in understood.barriers:
        mask = catalogue.barrier.get(barrier, 0)
        if has.get(barrier, position is not None and bool(mask >> position & 1)):
            given.append(label(barrier))
    lang = current_language().code
    for code in dict.fromkeys((*understood.languages, lang)):
        if code != "de" and catalogue.speaks(row.id, code):
            given.append(language_name(code, lang))
    if text >= 0.6 and not given:
        given.append(gettext("passt zu euren Worten"))
    return list(dict.fromkeys(given))


def _takes(row: Any, span: tuple[int, int]) -> bool:
    low, high = row.min_age_months, row.max_age_months
    return (low is None or low <= span[1]) and (high is None or span[0] <= high)


def _slug(catalogue: Catalogue, district_id: int) -> str:
    return next(slug for slug, info in catalogue.districts.items() if info.id == district_id)


def chips(understood: Understood, catalogue: Catalogue) -> list[Chip]:
    """What was understood, each to be taken away by a tap."""
    lang, found, needs = current_language().code, [], 0
    for key in understood.chips():
        kind, _, value = key.partition(":")
        if kind == "age":
            words = " · ".join(span_text(span) for span in understood.ages.spans)
        elif kind == "pregnant":
            words = gettext("schwanger")
        elif kind == "need":
            needs += 1
            if needs > MAX_NEED_CHIPS:
                continue
            words = catalogue.needs[value].label(lang)
        elif kind == "district":
            words = catalogue.districts[understood.district or ""].name
        elif kind == "barrier":
            words = label(Barrier(value))
        else:
            words = language_name(value, lang)
        found.append(Chip(key, words))
    return found


def loosened_text(found: Found) -> str:
    """One sentence that says what was given up to find anything; empty where nothing was."""
    if not found.loosened:
        return ""
    if found.loosened == ("district",):
        return gettext("In eurer Nähe gibt es das gerade nicht. Diese Angebote sind an anderen Orten.")
    if found.loosened == ("barrier",):
        return gettext("Mit allen euren Wünschen gibt es das gerade nicht. Diese Angebote erfüllen nicht jeden Wunsch.")
    if "age" in found.loosened:
        return gettext("Für dieses Alter gibt es das gerade nicht. Diese Angebote sind für ein anderes Alter.")
    return gettext("Mit diesem Ort und allen euren Wünschen gibt es das gerade nicht. Das hier kommt dem am nächsten.")


def emergency_box(crisis: Crisis | None, needs: list[tuple[str, float]]) -> EmergencyBox | None:
    """The situation and the numbers for a crisis, in the reader's language where there is a text in it."""
    if crisis is None:
        return None
    lang = current_language().code
    texts = site().emergency.get(lang) or site().emergency["de"]
    situation = next((item for item in texts.situations if item.id == crisis.situation), None)
    if situation is None:
        codes = [code for code, _chance in needs[:3]]
        near = [item for code in codes for item in texts.situations if code in item.needs]
        situation = near[0] if near else texts.situations[0]
    here = {line.id: line for line in hotlines_here()}
    lines = [here[number] for number in situation.hotlines if number in here]
    if crisis.level != ACUTE:
        # A calm line: somebody to talk to, not the police.
        talk = [line for line in lines if len(line.tel) > 3]
        lines = talk[:1] or [here["h_telefonseelsorge"]]
    return EmergencyBox(crisis.level == ACUTE, situation, lang if lang in site().emergency else "de", lines)
