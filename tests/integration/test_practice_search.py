"""The search of practitioners."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.integration.admin import log_in, make_user

HERE = "/verwaltung/fachkraft"


@pytest.fixture
def practitioner(own_app: Flask) -> FlaskClient:
    return log_in(own_app, make_user(own_app, "fachkraft", name="Ines Maurer", email="ines@kita.example"))


def test_try(practitioner: FlaskClient) -> None:
    for path in ("", "?need=kita_anmeldung", "/kinder", "/kinder?kind=30&kind=72:nachhilfe", "/angebote/still-cafe"):
        r = practitioner.get(HERE + path)
        assert r.status_code == 200, path
    r = practitioner.post(HERE, data={"q": "Sprachförderung 3 Jahre Nordstadt"})
    print(r.location)
    r = practitioner.get(r.location)
    print(r.text)
    assert 0
