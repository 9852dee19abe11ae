"""What a browser would send: every field of a form as the page shows it, changed by a test."""

from __future__ import annotations

from typing import Any

from tests.conftest import parse_html, text_of


def filled(response: Any, **changes: Any) -> dict[str, Any]:
    """The fields of the form that saves, as a browser would send them, with some of them changed (None: not sent)."""
    forms = [form for form in parse_html(response.text).findall(".//main//form") if form.get("method") == "post"]
    form = max(forms, key=lambda one: len(list(one.iter())))
    values: dict[str, Any] = {}
    for element in form.iter():
        name, kind = element.get("name"), element.get("type")
        if not name:
            continue
        if element.tag == "textarea":
            values[name] = (element.text or "").removeprefix("\n")
        elif element.tag == "select":
            chosen = [option.get("value") for option in element.iter("option") if option.get("selected") is not None]
            values[name] = chosen[0] if chosen else next(option.get("value") for option in element.iter("option"))
        elif kind == "checkbox":
            if element.get("checked") is not None:
                values.setdefault(name, []).append(element.get("value"))
        elif kind == "radio":
            if element.get("checked") is not None:
                values[name] = element.get("value")
        elif element.tag == "input":
            values[name] = element.get("value", "")
    values |= changes
    return {name: value for name, value in values.items() if value is not None}


def errors(response: Any) -> dict[str, str]:
    """By the id of the field: what is said to be wrong there."""
    document = parse_html(response.text)
    return {
        element.get("id").removesuffix("-fehler"): text_of(element)
        for element in document.iter("p")
        if (element.get("id") or "").endswith("-fehler")
    }


def alerts(response: Any) -> list[str]:
    """What is said at the top of the page, good and bad."""
    document = parse_html(response.text)
    return [text_of(element) for element in document.iter() if element.get("role") in {"alert", "status"}
            and "flash" in (element.get("class") or "")]  # fmt: skip


def table(response: Any) -> list[list[str]]:
    """The cells of the table of a list, row by row, without its head."""
    body = parse_html(response.text).find(".//tbody")
    return [] if body is None else [[text_of(cell) for cell in row if cell.tag in {"td", "th"}] for row in body]
