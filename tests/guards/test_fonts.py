"""The fonts that are printed with come along with the image: with another one a sheet has more pages."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

PACKAGE_OF = {"DejaVu Sans": "fonts-dejavu-core", "DejaVu Sans Condensed": "fonts-dejavu-extra"}
"""In Debian."""


@pytest.mark.parametrize("place", ["Dockerfile", "tools/ensure_chromium.sh"])
def test_the_fonts_of_the_papers_are_installed(place: str) -> None:
    named: set[str] = set()
    for style in ("booklet", "paper", "poster", "sheet"):
        css = (ROOT / "static" / "css" / f"{style}.css").read_text("utf-8")
        named |= {font for font in PACKAGE_OF if f'"{font}"' in css}
    assert named == PACKAGE_OF.keys()
    installed = set(re.findall(r"fonts-[a-z-]+", (ROOT / place).read_text("utf-8")))
    assert {PACKAGE_OF[font] for font in named} <= installed
