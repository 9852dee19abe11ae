"""No family reads a word about itself that shames, wherever an editor writes it (design §5)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.integration.filled_forms import errors, filled

FORMS = {
    "/verwaltung/traeger/neu": ("description", {"name": "Verein am Bach", "kind": "verein"}),
    "/verwaltung/stadtteile/neu": ("description", {"name": "Am Bach", "kind": "stadtteil", "position": "9"}),
    "/verwaltung/bedarfe/kita_anmeldung": ("explanation", {}),
    "/verwaltung/seiten/ueber-uns": ("body", {}),
    "/verwaltung/aktuell/neu": ("text", {"starts_on": "2026-11-21", "ends_on": "2026-11-30"}),
}


@pytest.mark.parametrize("path", FORMS)
def test_a_word_that_shames_cannot_be_saved(editor: FlaskClient, path: str) -> None:
    field, values = FORMS[path]
    form = filled(editor.get(path), **values)
    answer = editor.post(path, data=form | {field: "Hilfe für Problemfamilien."})
    assert answer.status_code == 422
    found = errors(answer)
    assert set(found) == {field}
    assert "„Problemfamilien“" in found[field]
    assert filled(answer)[field] == "Hilfe für Problemfamilien.", "nothing typed is lost"
    assert editor.post(path, data=form | {field: "Hilfe für alle Familien."}).status_code == 303
