"""The description of the interface (OpenAPI 3.1), served at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from portal.models.enums import LifeSituation
from portal.offers.filters import MAX_FILTER_AGE, Barrier

MAX_LIMIT = 50


def _parameter(name: str, text: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _answer(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


_OR_NULL = {"integer": ["integer", "null"], "string": ["string", "null"]}
_STRINGS = {"type": "array", "items": {"type": "string"}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


_UNDERSTOOD = _object(
    age_months_min={"type": _OR_NULL["integer"], "description": "First month of age; null where no age was said."},
    age_months_max={"type": _OR_NULL["integer"]},
    needs={
        "type": "array",
        "description": "Codes of needs with their probability, the best first; empty where the line speaks of none.",
        "items": _object(code={"type": "string"}, score={"type": "number", "minimum": 0, "maximum": 1}),
    },
    district={"type": _OR_NULL["string"], "description": "Slug of the district that was named."},
    barriers={"type": "array", "items": {"type": "string", "enum": [barrier.value for barrier in Barrier]}},
    languages={**_STRINGS, "description": "BCP 47: languages that somebody there should speak."},
    crisis={
        "type": _OR_NULL["string"],
        "enum": ["acute", "hint", None],
        "description": "acute: show emergency help before anything else. hint: near a crisis.",
    },
    chips={
        "type": "array",
        "description": "The findings in words.",
        "items": _object(key={"type": "string"}, label={"type": "string"}),
    },
    loosened={
        "type": "array",
        "items": {"type": "string", "enum": ["district", "barrier", "age"]},
        "description": "What was given up, because with it nothing was found.",
    },
    fallback={
        "type": "boolean",
        "description": "Nothing fits; the results are places where a person helps with anything.",
    },
)

_RESULT = _object(
    id={"type": "integer"},
    slug={"type": "string"},
    title={"type": "string"},
    lang={"type": "string", "description": "Of the title (BCP 47): German where there is no translation."},
    needs={**_STRINGS, "description": "What the offer is for, the main need first."},
    min_age_months={"type": _OR_NULL["integer"]},
    max_age_months={"type": _OR_NULL["integer"]},
    organization={"type": "string"},
    url={"type": "string", "format": "uri"},
    why={**_STRINGS, "description": "Why it is here, in the language asked for."},
    score={"type": "number"},
)

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Familienlotse",
        "version": "1",
        "description": "Offers for families of a Kommune. Read only, without a key. Nothing that is asked is stored or logged.",
    },
    "paths": {
        "/api/v1/search": {
            "get": {
                "operationId": "search",
                "summary": "Offers for a question in somebody's own words",
                "parameters": [
                    _parameter("q", "The question, in any of the languages; the first 200 characters count.", type="string"),
                    _parameter("lang", "Language of the answer, and probably of the question.", type="string", default="de"),
                    _parameter(
                        "age_months",
                        "The child's age in whole months, instead of what the question says.",
                        type="integer", minimum=0, maximum=MAX_FILTER_AGE,
                    ),
                    _parameter("need", "Only offers for this need (code).", type="string"),
                    _parameter(
                        "life_situation",
                        "Only offers for this life situation.",
                        type="string", enum=[situation.value for situation in LifeSituation],
                    ),
                    _parameter("district", "Only offers in or for this district (slug).", type="string"),
                    _parameter("limit", "How many results at most.", type="integer", minimum=1, maximum=MAX_LIMIT, default=10),
                ],
                "responses": {
                    "200": _answer("What was understood, and the offers.", _object(
                        understood=_UNDERSTOOD, results={"type": "array", "items": _RESULT}
                    )),
                    "400": _answer("A parameter cannot be used.", _object(error={"type": "string"})),
                },
            }
        }
    },
}  # fmt: skip
