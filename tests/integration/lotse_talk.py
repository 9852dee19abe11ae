"""A family that talks with the Lotse through forms and links, as a browser without JavaScript does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from portal.lotse.state import LotseTokens, State
from tests.conftest import TODAY, parse_html, text_of

BUT: dict[str, Any] = {
    "leistung": ["wohngeld"],
    "kinder": ["schule:96:107"],
    "bedarf": ["ausflug"],
}
"""A family with Wohngeld whose child goes on a school trip: all that the flow asks them."""
BABY: dict[str, Any] = {
    "kind": ":-9:-1",
    "thema": ["geld", "hebamme"],
    "termin": "2027-03",
    "leistung": "-",
    "dolmetscher": "nein",
    "stadtteil": "-",
}


def token_of(app: Flask, flow: str, answers: dict[str, Any], **parts: Any) -> str:
    """The sealed word of these answers, as the site makes it."""
    version = parts.pop("version", None) or app.extensions["lotse"].flows[flow].version
    day = parts.pop("day", TODAY)
    return LotseTokens(app.config["SECRET_KEY"]).seal(State(flow, version, answers, **parts), day)


def state_of(app: Flask, address: str) -> State:
    """What the address of a step holds."""
    return LotseTokens(app.config["SECRET_KEY"]).open(address.partition("t=")[2], TODAY)[0]


@dataclass
class Talk:
    """The page that is seen, and what can be done on it."""

    client: FlaskClient
    response: Any
    lang: str = "de"
    page: Any = field(init=False)

    def __post_init__(self) -> None:
        self.page = parse_html(self.response.text)

    @classmethod
    def at(cls, client: FlaskClient, path: str, lang: str = "de") -> Talk:
        return cls(client, client.get(f"/{lang}/lotse{path}"), lang)

    @classmethod
    def with_answers(
        cls, client: FlaskClient, flow: str, answers: dict[str, Any], lang: str = "de", **parts: Any
    ) -> Talk:
        return cls.at(client, f"/schritt?t={token_of(client.application, flow, answers, **parts)}", lang)

    @property
    def token(self) -> str:
        """Of the form, or of the links of the plan."""
        found = self.page.find(".//input[@name='t']")
        if found is None:
            (picture,) = (each.get("src") for each in self.page.iter("img") if each.get("class") == "qr")
            return str(picture.partition("t=")[2])
        return str(found.get("value"))

    @property
    def question(self) -> str | None:
        found = self.page.find(".//form[@id='frage-form']/input[@name='q']")
        return None if found is None else str(found.get("value"))

    @property
    def said(self) -> list[str]:
        """The answers in the bubbles."""
        return [text_of(each.find("bdi")) for each in self.page.iter("p") if each.get("class") == "bubble bubble--said"]

    @property
    def note(self) -> str | None:
        found = self.page.find(".//p[@role='alert']")
        return None if found is None else text_of(found)

    @property
    def titles(self) -> list[str]:
        """The steps of the plan."""
        return [text_of(each.find("h3")) for each in self.page.iter("li") if each.get("class") == "step"]

    @property
    def in_crisis(self) -> str | None:
        found = self.page.find(".//h2[@id='notfall']")
        return None if found is None else text_of(found)

    def links(self, part: str) -> list[str]:
        return [a.get("href") for a in self.page.iter("a") if part in (a.get("href") or "")]

    def send(self, path: str = "/schritt", **form: Any) -> Any:
        return self.client.post(f"/{self.lang}/lotse{path}", data={"t": self.token, "q": self.question, **form})

    def answer(self, *values: str, **form: Any) -> Talk:
        """Tap, and follow to the page after."""
        response = self.send(a=list(values), **form)
        assert response.status_code == 303, self.__class__(self.client, response).note
        return Talk(self.client, self.client.get(response.location), self.lang)

    def follow(self, href: str) -> Talk:
        return Talk(self.client, self.client.get(href), href.split("/")[1])

    def follow_file(self, part: str) -> bytes:
        """What stands behind the one link to a file."""
        (href,) = self.links(part)
        return bytes(self.client.get(href).data)
