"""Fields of forms for what lies somewhere: degrees of a map, checked for Germany."""

from __future__ import annotations

import math
from typing import Any

from wtforms import FloatField, Form, validators
from wtforms.widgets import TextInput

LATITUDES = (47.0, 56.0)
LONGITUDES = (5.0, 16.0)
"""Where Germany lies, in degrees."""


class DegreeField(FloatField):
    """A number of degrees, with a point or a comma; None where it is empty."""

    widget = TextInput()

    def __init__(self, label: str, *, limits: tuple[float, float], **kwargs: Any) -> None:
        super().__init__(label, [validators.Optional()], render_kw={"inputmode": "decimal", "class": "short"}, **kwargs)
        self.limits = limits

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            # Not sent at all: what it began with stays.
            return
        if not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = float(valuelist[0].strip().replace(",", ".").removesuffix("°"))
        except ValueError:
            self.data = None
            raise ValueError("Das ist keine Zahl. Beispiel: 51,1580") from None
        low, high = self.limits
        if not (math.isfinite(self.data) and low <= self.data <= high):
            raise ValueError(f"Das liegt nicht in Deutschland: Hier passen Zahlen von {low:.0f} bis {high:.0f}.")


def both_or_none(form: Form) -> bool:
    """Whether the fields `latitude` and `longitude` are both filled, or none; else says so at the empty one."""
    latitude, longitude = form["latitude"], form["longitude"]
    filled = [bool(field.raw_data and field.raw_data[0].strip()) for field in (latitude, longitude)]
    if filled[0] == filled[1]:
        return True
    empty = longitude if filled[0] else latitude
    empty.errors = [*empty.errors, "Es fehlt die zweite Zahl: Bitte beide angeben oder beide leer lassen."]
    return False
