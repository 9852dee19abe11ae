"""`portal lotse …`: prove the flows, draw them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.content.files import read_offers
from portal.content.schema import ContentError, OrganizationFile, read
from portal.models.enums import OfferStatus
from portal.offers.context import BERLIN

if TYPE_CHECKING:
    from portal.content.site import SiteContent
    from portal.lotse.load import Lotse


@click.group()
def lotse() -> None:
    """The conversations of content/lotse/."""


def _load() -> tuple[Lotse, SiteContent, Path]:
    from portal.config import Settings, SettingsError
    from portal.content.site import load_site
    from portal.lotse.load import load_lotse

    try:
        folder = Settings.from_env().content_dir
        site = load_site(folder)
        return load_lotse(folder / "lotse", site), site, folder
    except (SettingsError, ContentError) as error:
        raise click.ClickException(str(error)) from error


def _offers(folder: Path, source: str, as_of: date) -> tuple[set[str], set[str]]:
    """The slugs of the offers that can be called, and the needs that are answered: by the demo's files, or the database."""
    if source == "demo":
        return offers_of_demo(folder / "demo")
    from sqlalchemy import select

    from portal import create_app
    from portal.extensions import db
    from portal.models import Offer
    from portal.offers.catalogue import Catalogue

    app = create_app()
    with app.app_context():
        catalogue = Catalogue(db.session, as_of)
        columns = Offer.__table__.c
        with_phone = set(db.session.execute(select(columns.slug).where(columns.phone.is_not(None))).scalars())
    return with_phone & set(catalogue.position), {code for code, mask in catalogue.need.items() if mask}


def offers_of_demo(folder: Path) -> tuple[set[str], set[str]]:
    """The same for the files of a demo Kommune. An offer without a number has that of its organization."""
    phones = {item.slug: item.phone for item in read(folder / "organizations.yaml", list[OrganizationFile])}
    offers = [offer for offer in read_offers(folder / "offers") if offer.status == OfferStatus.PUBLISHED]
    return (
        {offer.slug for offer in offers if offer.phone or phones.get(offer.organization)},
        {code for offer in offers for code in offer.needs},
    )


@lotse.command("check")
@click.option("--flow", "only", help="Only this flow.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Judge dates as of this day (default: today).")
@click.option(
    "--offers", type=click.Choice(["database", "demo"]), help="Where the offers are (default: as kommune.yaml says)."
)
def check(only: str | None, as_of: datetime | None, offers: str | None) -> None:
    """Walk every path of every flow in every language. Ends with 1 where something is wrong."""
    from portal.lotse.check import check_flow

    loaded, site, folder = _load()
    day = as_of.date() if as_of else datetime.now(BERLIN).date()
    if only is not None and only not in loaded.flows:
        raise click.ClickException(f"There is no flow {only!r}; there are {', '.join(loaded.flows)}.")
    slugs, needs = _offers(folder, offers or ("demo" if site.kommune.demo else "database"), day)
    wrong = 0
    for flow in loaded.flows.values():
        if only not in (None, flow.id):
            continue
        report = check_flow(loaded, flow, site, as_of=day, needs_with_offers=needs, offers=slugs)
        click.echo(f"{flow.id}: {report.paths} paths, {report.shortest} to {report.longest} questions")
        for problem in report.problems[:40]:
            click.echo(f"  wrong: {problem}")
        if len(report.problems) > 40:
            click.echo(f"  … and {len(report.problems) - 40} more")
        for fact in report.due:
            click.echo(f"  due: fact {fact.id} was to be checked again by {fact.recheck_by}")
        wrong += len(report.problems) + len(report.due)
    if wrong:
        raise SystemExit(1)


@lotse.command("graph")
@click.argument("flow")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file (default: standard output).")
def graph(flow: str, output: Path | None) -> None:
    """Draw a flow as SVG: questions with their answers, what they lead to, and on which conditions."""
    from portal.lotse.graph import draw

    loaded, _site, _folder = _load()
    if flow not in loaded.flows:
        raise click.ClickException(f"There is no flow {flow!r}; there are {', '.join(loaded.flows)}.")
    svg = draw(loaded.flows[flow], loaded.texts[flow, "de"])
    if output is None:
        click.echo(svg)
    else:
        output.write_text(svg, encoding="utf-8")
