"""The wheel is the whole portal: installed anywhere, it serves a page from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.conftest import ROOT


def test_an_installed_wheel_serves_a_page_from_any_folder(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert "portal/_data/templates/offers/home.html" in names
    assert "portal/_data/content/demo/texts.ar.yaml" in names
    assert "portal/translations/ar/LC_MESSAGES/messages.mo" in names
    assert not [name for name in names if name.startswith(("tests/", "var/"))]
    script = (
        "from portal import create_app; import portal; from portal.starting import prepare; app = create_app();"
        "assert 'site' in portal.__file__, portal.__file__;"
        "prepare(app, demo=True); print(app.test_client().get('/ar/angebote').status_code)"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "LOG_LEVEL": "error"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("200", 0), done.stderr
