"""Rules of the project that a reviewer would otherwise have to remember."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal import models
from portal.config import Settings
from portal.models import Offer
from tests.conftest import ROOT

PUBLIC = "everybody"
OPEN = "everybody, on the way in or out"
LOGGED_IN = "everybody who is logged in"
"""Below /verwaltung a route names its roles, in the order of @roles(…)."""
ROUTES = {
    "/": PUBLIC,
    "/<lang:language>/": PUBLIC,
    "/<lang:language>/angebote": PUBLIC,
    "/<lang:language>/angebote/<slug>": PUBLIC,
    "/<lang:language>/angebote/<slug>/danke/<what>": PUBLIC,
    "/<lang:language>/angebote/<slug>/geholfen": PUBLIC,
    "/<lang:language>/angebote/<slug>/stimmt-nicht": PUBLIC,
    "/<lang:language>/angebote/<slug>/termine.ics": PUBLIC,
    "/<lang:language>/bedarf": PUBLIC,
    "/<lang:language>/bedarf/<code>": PUBLIC,
    "/<lang:language>/lebensphasen/<phase>": PUBLIC,
    "/<lang:language>/lotse": PUBLIC,
    "/<lang:language>/lotse/<flow>": PUBLIC,
    "/<lang:language>/lotse/plan.ics": PUBLIC,
    "/<lang:language>/lotse/plan.pdf": PUBLIC,
    "/<lang:language>/lotse/plan.svg": PUBLIC,
    "/<lang:language>/lotse/schritt": PUBLIC,
    "/<lang:language>/menschen": PUBLIC,
    "/<lang:language>/merkzettel/teilen": PUBLIC,
    "/<lang:language>/merkzettel/code": PUBLIC,
    "/<lang:language>/merkzettel/<code>": PUBLIC,
    "/<lang:language>/merkzettel": PUBLIC,
    "/<lang:language>/merkzettel/blatt": PUBLIC,
    "/<lang:language>/merkzettel/blatt.pdf": PUBLIC,
    "/<lang:language>/neues.atom": PUBLIC,
    "/<lang:language>/plakat": PUBLIC,
    "/<lang:language>/plakat.pdf": PUBLIC,
    "/<lang:language>/plakat/ansicht": PUBLIC,
    "/<lang:language>/seite/<slug>": PUBLIC,
    "/<lang:language>/sofort-hilfe": PUBLIC,
    "/<lang:language>/stadtteile": PUBLIC,
    "/<lang:language>/stadtteile/<slug>": PUBLIC,
    "/<lang:language>/stadtteile/<slug>/neues.atom": PUBLIC,
    "/<lang:language>/suche": PUBLIC,
    "/<lang:language>/traeger/<slug>": PUBLIC,
    "/a/<int:months>": PUBLIC,
    "/api/v1/openapi.json": PUBLIC,
    "/api/v1/search": PUBLIC,
    "/bestaetigen/<token>": PUBLIC,
    "/merkzettel-worker.js": PUBLIC,
    "/m/<code>.svg": PUBLIC,
    "/m/<code>": PUBLIC,
    "/favicon.ico": PUBLIC,
    "/healthz": PUBLIC,
    "/l/<phase>": PUBLIC,
    "/robots.txt": PUBLIC,
    "/sitemap.xml": PUBLIC,
    # --- logging in ---
    "/verwaltung/abmelden": OPEN,
    "/verwaltung/anmelden": OPEN,
    "/verwaltung/einladung/<token>": OPEN,
    "/verwaltung/erster-zugang/<token>": OPEN,
    "/verwaltung/neues-passwort/<token>": OPEN,
    "/verwaltung/passwort-vergessen": OPEN,
    "/verwaltung/weiter": LOGGED_IN,
    "/verwaltung/wiederherstellen": OPEN,
    "/verwaltung/zweiter-schritt": OPEN,
    "/verwaltung/zweiter-schritt/einrichten": OPEN,
    # --- one's own account, and people ---
    "/verwaltung/konto": LOGGED_IN,
    "/verwaltung/konto/abmelden": LOGGED_IN,
    "/verwaltung/konto/beweisen": LOGGED_IN,
    "/verwaltung/konto/passwort": LOGGED_IN,
    "/verwaltung/konto/wiederherstellung": LOGGED_IN,
    "/verwaltung/konto/zweiter-schritt/aus": LOGGED_IN,
    "/verwaltung/personen": "admin",
    "/verwaltung/personen/<int:user_id>": "admin",
    "/verwaltung/personen/<int:user_id>/abmelden": "admin",
    "/verwaltung/personen/<int:user_id>/freischalten": "admin",
    "/verwaltung/personen/<int:user_id>/sperren": "admin",
    "/verwaltung/personen/<int:user_id>/zuruecksetzen": "admin",
    "/verwaltung/personen/neu": "admin",
    # --- tables ---
    "/verwaltung/austausch/": "traeger redaktion admin",
    "/verwaltung/austausch/ausgeben": "traeger redaktion admin",
    "/verwaltung/austausch/ausgeben/<any(traeger, orte):what>": "traeger redaktion admin",
    "/verwaltung/austausch/einlesen": "redaktion admin",
    "/verwaltung/austausch/ergebnis/<token>": "redaktion admin",
    "/verwaltung/austausch/probe/<token>": "redaktion admin",
    "/verwaltung/austausch/probe/<token>/uebernehmen": "redaktion admin",
    "/verwaltung/austausch/probe/<token>/verwerfen": "redaktion admin",
    # --- is it still right? ---
    "/verwaltung/rueckmeldungen": "GET: traeger redaktion admin planung; POST: traeger redaktion admin",
    "/verwaltung/stimmt-noch": "traeger redaktion admin",
    # --- what the municipality itself says ---
    "/verwaltung/aktuell": "redaktion admin",
    "/verwaltung/aktuell/<int:banner_id>": "redaktion admin",
    "/verwaltung/aktuell/<int:banner_id>/loeschen": "redaktion admin",
    "/verwaltung/aktuell/neu": "redaktion admin",
    "/verwaltung/bedarfe": "redaktion admin",
    "/verwaltung/bedarfe/<code>": "redaktion admin",
    "/verwaltung/bedarfe/<code>/loeschen": "redaktion admin",
    "/verwaltung/bedarfe/<code>/saetze": "redaktion admin",
    "/verwaltung/bedarfe/<code>/saetze/entfernen": "redaktion admin",
    "/verwaltung/bedarfe/neu": "redaktion admin",
    "/verwaltung/seiten": "redaktion admin",
    "/verwaltung/seiten/<slug>": "redaktion admin",
    "/verwaltung/seiten/<slug>/loeschen": "redaktion admin",
    "/verwaltung/seiten/lebensphase/<phase>": "redaktion admin",
    "/verwaltung/seiten/neu": "redaktion admin",
    # Träger und Orte, Stadtteile, Papierkorb, Protokoll
    "/verwaltung/papierkorb": "traeger redaktion admin",
    "/verwaltung/papierkorb/<int:entry_id>/zurueckholen": "traeger redaktion admin",
    "/verwaltung/protokoll": "redaktion admin",
    "/verwaltung/stadtteile": "redaktion admin",
    "/verwaltung/stadtteile/<slug>": "redaktion admin",
    "/verwaltung/stadtteile/<slug>/loeschen": "redaktion admin",
    "/verwaltung/stadtteile/neu": "redaktion admin",
    "/verwaltung/traeger": "traeger redaktion admin",
    "/verwaltung/traeger/<slug>": "traeger redaktion admin",
    "/verwaltung/traeger/<slug>/loeschen": "redaktion admin",
    "/verwaltung/traeger/<slug>/orte/<key>": "traeger redaktion admin",
    "/verwaltung/traeger/<slug>/orte/<key>/loeschen": "traeger redaktion admin",
    "/verwaltung/traeger/<slug>/orte/neu": "traeger redaktion admin",
    "/verwaltung/traeger/<slug>/zusammenlegen": "redaktion admin",
    "/verwaltung/traeger/aehnliche": "redaktion admin",
    "/verwaltung/traeger/neu": "redaktion admin",
    # Angebote, Übersetzungen
    "/verwaltung/": LOGGED_IN,
    "/verwaltung/angebote/": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/bild": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/konflikt": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/kopieren": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/schritt/<step>": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/verlauf/": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/verlauf/<int:number>": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/verlauf/<int:number>/wiederherstellen": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/verwerfen": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/vorschau/": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/vorschau/<code>": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/zwischenstand": "traeger redaktion admin",
    "/verwaltung/angebote/mehrere": "traeger redaktion admin",
    "/verwaltung/angebote/neu": "traeger redaktion admin",
    "/verwaltung/angebote/neu/verwerfen": "traeger redaktion admin",
    "/verwaltung/angebote/neu/zwischenstand": "traeger redaktion admin",
    "/verwaltung/hilfe/aehnlich": "traeger redaktion admin",
    "/verwaltung/hilfe/text/<name>": "traeger redaktion admin uebersetzung",
    "/verwaltung/uebersetzungen/": "uebersetzung redaktion admin",
    "/verwaltung/uebersetzungen/<lang>/<kind>": "uebersetzung redaktion admin",
    "/verwaltung/uebersetzungen/<lang>/<kind>/<path:entity>": "uebersetzung redaktion admin",
    "/verwaltung/uebersetzungen/<lang>/<kind>/maschinell": "uebersetzung redaktion admin",
    "/verwaltung/uebersetzungen/<lang>/xliff": "uebersetzung redaktion admin",
    "/verwaltung/uebersetzungen/angebot/<slug>/sprachen": "uebersetzung redaktion admin traeger",
    "/verwaltung/uebersetzungen/zwischenstand/<lang>/<kind>/<path:entity>": "uebersetzung redaktion admin",
    # --- what only practitioners read ---
    "/verwaltung/angebote/<slug>/fachkraefte": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/fachkraefte/anlagen/<int:number>/loeschen": "traeger redaktion admin",
    "/verwaltung/angebote/<slug>/fachkraefte/anlagen/neu": "traeger redaktion admin",
    "/verwaltung/fachkraft/angebote/<slug>/anlagen/<int:number>": "fachkraft planung redaktion admin traeger",
    "/verwaltung/zugaenge": "redaktion admin",
    "/verwaltung/zugaenge/<int:link_id>/beenden": "redaktion admin",
    "/verwaltung/zugaenge/neu": "redaktion admin",
    "/verwaltung/zugang/<secret>": OPEN,
    # Neu und geändert
    # Wer ist wofür da, Räume, Fortbildung
    "/verwaltung/ansprechstellen": "traeger redaktion admin",
    "/verwaltung/ansprechstellen/<slug>": "traeger redaktion admin",
    "/verwaltung/ansprechstellen/<slug>/loeschen": "traeger redaktion admin",
    "/verwaltung/ansprechstellen/<slug>/stimmt-noch": "traeger redaktion admin",
    "/verwaltung/ansprechstellen/neu": "traeger redaktion admin",
    "/verwaltung/raeume": "traeger redaktion admin",
    "/verwaltung/raeume/<slug>": "traeger redaktion admin",
    "/verwaltung/raeume/<slug>/loeschen": "traeger redaktion admin",
    "/verwaltung/raeume/<slug>/stimmt-noch": "traeger redaktion admin",
    "/verwaltung/raeume/neu": "traeger redaktion admin",
    "/verwaltung/fortbildung": "traeger redaktion admin",
    "/verwaltung/fortbildung/<slug>": "traeger redaktion admin",
    "/verwaltung/fortbildung/<slug>/loeschen": "traeger redaktion admin",
    "/verwaltung/fortbildung/neu": "traeger redaktion admin",
    "/verwaltung/fachkraft/ansprechstellen": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/ansprechstellen/uebersicht": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/fortbildung": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/fortbildung/<slug>/termin.ics": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/raeume": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/neues": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/neues/mail": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/neues/stadtteile": "fachkraft planung redaktion admin",
    # Für Fachkräfte: Angebote finden, Lücken
    "/verwaltung/fachkraft": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/wegweiser": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/wegweiser/<key>": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/wegweiser/<key>/heft.pdf": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/kinder": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/angebote/<slug>": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/angebote/<slug>/kein-platz": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/auswahl": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/auswahl/<int:number>/loeschen": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/luecken/melden": "fachkraft planung redaktion admin",
    "/verwaltung/fachkraft/luecken": "planung redaktion admin",
    "/verwaltung/fachkraft/luecken.csv": "planung redaktion admin",
    "/bilder/<name>.webp": PUBLIC,
}


def tracked() -> list[Path]:
    """The files of the project; without git, all that are not built."""
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return [path for name in listed.splitlines() if (path := ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        skipped = {".venv", "node_modules", "var", "__pycache__", ".git"}
        return [p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts)]


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def who_may_use(app: Flask, rule: Rule) -> str:
    """As the view says it with @roles(…)."""
    if not str(rule).startswith("/verwaltung"):
        return PUBLIC
    allowed = getattr(app.view_functions[rule.endpoint], "allowed_roles", None)
    if allowed is None:
        return OPEN
    return " ".join(role.value for role in allowed) or LOGGED_IN


def test_every_route_is_listed_with_who_may_use_it(app: Flask) -> None:
    """Where reading and writing at one address are for different people, the methods stand before the roles."""
    found: dict[str, dict[str, str]] = {}
    for rule in app.url_map.iter_rules():
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        found.setdefault(str(rule), {})[methods] = who_may_use(app, rule)
    seen = {}
    for address, by_method in found.items():
        same = len(set(by_method.values())) == 1
        listed = [who if same else f"{methods}: {who}" for methods, who in sorted(by_method.items())]
        seen[address] = listed[0] if same else "; ".join(listed)
    assert seen == ROUTES


def test_every_setting_is_in_the_readme_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.M))
    assert table == {field.name.upper() for field in fields(Settings)}


def test_settings_are_read_in_one_place() -> None:
    for path in python_files("portal"):
        if path.name != "config.py":
            assert not re.search(r"os\.environ|getenv", path.read_text()), path


VIEWS = [
    *(path for path in python_files("portal") if path.name.endswith("views.py")),
    # One module a noun; beside them their forms and reads.
    *(
        path
        for path in (*python_files("portal/admin"), *python_files("portal/practitioners"))
        if not re.search(r"_(forms?|queries|fields|mapping|editor)\.py$", path.name)
    ),
]


@pytest.mark.parametrize("path", VIEWS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_views_build_no_queries_and_stay_short(path: Path) -> None:
    tree = ast.parse(path.read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(module and module.split(".")[0] in {"sqlalchemy", "sqlmodel"} for module in imported)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 40, f"{node.name} is too long for a view"


def test_no_view_commits() -> None:
    for path in python_files("portal"):
        views = path in VIEWS and path.name != "saving.py"
        if views or path.name in {"queries.py", "catalogue.py", "health.py"}:
            assert ".commit(" not in path.read_text(), path


def test_internal_fields_are_in_no_query_of_a_public_page() -> None:
    assert {"funding_until", "goal"} <= set(Offer.model_fields)
    for name in ("queries.py", "catalogue.py", "calendar_file.py"):
        source = (ROOT / "portal" / "offers" / name).read_text()
        code = "\n".join(line for line in source.splitlines() if '"""' not in line)
        assert "funding_until" not in code
        assert ".goal" not in code
    for template in (ROOT / "templates").rglob("*.html"):
        if "admin" in template.parts:
            continue
        assert "funding_until" not in template.read_text(encoding="utf-8")
        assert ".goal" not in template.read_text(encoding="utf-8")


FOR_PRACTITIONERS = {
    *("ContactPoint", "OfferAttachment", "OfferInternal", "PractitionerLink", "ProfessionalOffer", "Resource"),
    *("SavedFilter", "UserDistrict"),
}


@pytest.mark.parametrize("package", ["api", "booklets", "lotse", "offers", "pages", "referrals", "search"])
def test_what_families_see_reads_no_table_of_practitioners(package: str) -> None:
    assert set(dir(models)) >= FOR_PRACTITIONERS
    for path in python_files(f"portal/{package}"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not {name for name in names if name.startswith(tuple(FOR_PRACTITIONERS))}, path


def test_no_file_names_a_package_index_or_a_path_of_some_machine() -> None:
    # Written in two parts, so that this file does not name them either.
    hosts = ["pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb.debian" + ".org"]
    paths = ["/work" + "/main", "/home" + "/runner"]
    for path in tracked():
        if path.suffix in {".png", ".svg", ".woff2"}:
            continue
        content = path.read_text(encoding="utf-8", errors="ignore")
        for word in hosts + paths:
            assert word not in content, f"{path.relative_to(ROOT)} names {word}"


def test_everything_is_pinned_with_hashes() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=\S)", path.read_text().strip())
        assert len(blocks) > 5
        for block in blocks:
            assert re.match(r"[\w.\[\]-]+==", block), f"{path.name}: {block[:40]}"
            assert "--hash=sha256:" in block, f"{path.name}: {block[:40]}"


def test_the_package_declares_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    direct = [
        line
        for line in (ROOT / "requirements/runtime.in").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert sorted(project["dependencies"]) == sorted(direct)
    assert project["license"] == "EUPL-1.2"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").count("European Union Public Licence") >= 2


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: p.name)
def test_templates_have_nothing_inline_and_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 'style="' not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert "<script>" not in text
    assert "|safe" not in text.replace("|safe_url", "")
    assert not re.search(r"(src|href)=\"https?://", text)


def test_python_files_have_one_subject() -> None:
    for path in python_files("portal"):
        if "migrations" not in path.parts:
            assert len(path.read_text().splitlines()) <= 450, f"{path} wants a split"


def test_content_is_in_order() -> None:
    from portal.content.check import check_content
    from tests.conftest import TODAY

    assert check_content(ROOT / "content", TODAY) == []


def test_compose_and_dockerfile_hold_together() -> None:
    from ruamel.yaml import YAML

    compose = YAML(typ="safe").load((ROOT / "compose.yaml").read_text())
    assert set(compose["services"]) == {"portal", "postgres", "meilisearch"}
    for name, service in compose["services"].items():
        assert "healthcheck" in service, name
    assert set(compose["volumes"]) == {"portal", "postgres", "meilisearch"}
    known = {field.name.upper() for field in fields(Settings)}
    assert set(compose["services"]["portal"]["environment"]) <= known
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.count("\nFROM ") + dockerfile.startswith("FROM ") == 2, "two stages"
    assert re.search(r"^USER (?!root)\w+", dockerfile, re.M)
    assert "--require-hashes" in dockerfile


def test_ci_runs_what_the_readme_names() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
