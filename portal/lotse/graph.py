"""A flow as a picture: questions from above to below on the left, what they lead to on the right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from textwrap import wrap
from typing import Any

from portal.lotse.answers import offered_children
from portal.lotse.schema import FlowFile, FlowTexts, Question, QuestionKind

_WIDTH, _LINE, _PAD, _GAP = 440, 17, 12, 26
_COLOURS = {"question": "#e8f0fb", "entitlement": "#eef6ea", "step": "#fbf1e6"}
_CHARACTERS = 62


def words_of(condition: Mapping[str, Any] | None) -> str:
    """A condition in short words, for people who know the flow file."""
    if not condition:
        return ""
    ((name, asked),) = condition.items()
    match name:
        case "all":
            return " und ".join(_part(one) for one in asked)
        case "any":
            return " oder ".join(_part(one) for one in asked)
        case "not":
            return f"nicht {_part(asked)}"
        case "named":
            return f"„{asked}“"
        case "chosen" | "goes_to":
            question, *options = asked
            return f"{question} = {' / '.join(options)}"
        case "known":
            return f"{asked} bekannt"
        case "unknown":
            return f"{asked} unbekannt"
        case "any_child":
            return f"ein Kind: {words_of(asked['is'])}"
        case "age" | "age_possible" | "months_until" | "children":
            at = f" bei {asked['at']}" if "at" in asked else ""
            limits = [f"ab {asked['from']}"] if "from" in asked else []
            limits += [f"unter {asked['below']}"] if "below" in asked else []
            return f"{asked['of']}{at} {' und '.join(limits)}{' vielleicht' if name == 'age_possible' else ''}"
        case _:
            return f"{name} {asked}"


def _part(condition: Mapping[str, Any]) -> str:
    text = words_of(condition)
    return f"({text})" if next(iter(condition)) in {"all", "any"} else text


def _question(question: Question, texts: FlowTexts) -> list[str]:
    lines = wrap(texts.questions[question.id].ask, _CHARACTERS)
    if question.kind in (QuestionKind.AGE, QuestionKind.CHILDREN):
        answers = [f"{group}: {len(ages)} Alter" for group, ages in offered_children(question).items()]
    else:
        answers = list(texts.options.get(question.id, {}).values()) or [
            {"yes_no": "Ja, Nein", "month": "ein Monat", "district": "ein Ort"}.get(question.kind, "")
        ]
    return lines + [line for answer in answers for line in wrap(f"• {answer}", _CHARACTERS, subsequent_indent="  ")]


def draw(flow: FlowFile, texts: FlowTexts) -> str:
    """An SVG document."""
    left = [(question.id, "question", question.ask_if, _question(question, texts)) for question in flow.questions]
    right = [
        (
            item.id,
            "entitlement",
            None,
            [texts.entitlements[item.id]]
            + [
                part
                for rule in item.verdicts
                for part in wrap(f"{rule.verdict}: {rule.reason} ← {words_of(rule.when) or 'sonst'}", _CHARACTERS)
            ],
        )
        for item in flow.entitlements
    ] + [(step.id, "step", step.when, wrap(texts.steps[step.id].title, _CHARACTERS)) for step in flow.steps]
    columns = [_column(boxes, 20 + number * (_WIDTH + 60)) for number, boxes in enumerate((left, right))]
    height = max(bottom for _parts, bottom in columns) + 20
    parts = [part for column, _bottom in columns for part in column]
    whole = 2 * _WIDTH + 100
    title = escape(f"{texts.title} ({flow.id}, Version {flow.version})")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {height}" width="{whole}" height="{height}" '
            f'role="img" aria-label="{escape(texts.title)}" font-family="sans-serif" font-size="13">',
            f'<rect width="{whole}" height="{height}" fill="#ffffff"/>',
            f'<text x="20" y="28" font-size="18" font-weight="bold">{title}</text>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _column(boxes: Iterable[tuple[str, str, Mapping[str, Any] | None, list[str]]], x: int) -> tuple[list[str], int]:
    parts: list[str] = []
    y = 48
    for number, (name, kind, when, lines) in enumerate(boxes):
        condition = wrap(f"wenn {words_of(when)}", _CHARACTERS) if when else []
        if number and kind == "question":
            parts.append(f'<path d="M{x + _WIDTH // 2} {y - _GAP} V{y}" stroke="#456" stroke-width="2"/>')
        height = (len(lines) + len(condition) + 1) * _LINE + _PAD
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{height}" rx="8" fill="{_COLOURS[kind]}" stroke="#456"/>'
        )
        texts = [(name, "#456", "italic"), *((line, "#8a3b12", "italic") for line in condition)]
        texts += [(line, "#111", "normal") for line in lines]
        for row, (line, colour, style) in enumerate(texts):
            parts.append(
                f'<text x="{x + _PAD}" y="{y + _LINE * (row + 1)}" fill="{colour}" font-style="{style}">{escape(line)}</text>'
            )
        y += height + _GAP
    return parts, y
