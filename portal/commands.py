"""The commands that belong to no feature: run, the database, imports."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.auth import commands as auth_commands
from portal.config import Settings
from portal.content.schema import ContentError
from portal.starting import make_app, prepare


@click.command()
@click.option(
    "--demo/--no-demo",
    default=None,
    help="Load the demo Kommune into an empty database (default: as kommune.yaml says).",
)
def run(demo: bool | None) -> None:
    """Bring the database up to date and serve the site."""
    app = make_app()
    settings: Settings = app.extensions["settings"]
    wants_demo = app.extensions["site"].kommune.demo if demo is None else demo
    try:
        offers = prepare(app, demo=wants_demo)
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    if offers:
        click.echo(f"Loaded the demo Kommune: {offers} offers.")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        # The workers share their port with each other; so they would also share it with a second portal.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(f"PORT {settings.port} cannot be used: {error.strerror}") from error
    click.echo(f"Familienlotse runs at http://{settings.host}:{settings.port}/")
    if link := auth_commands.first_link(app):
        click.echo(f"Nobody has an account yet. The first log-in, for whoever invites all others: {link}")
    else:
        click.echo(f"Editors log in at http://{settings.host}:{settings.port}/verwaltung/")
    sys.stdout.flush()
    from portal.server import serve

    serve(settings)


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Migrate the database to the newest revision."""
    app = make_app()
    prepare(app, demo=False)
    click.echo("The database is up to date.")


@click.group("import")
def import_() -> None:
    """Offers from other people's files."""


@import_.command("csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", required=True, help="A mapping file, or the name of one below content/imports/.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what became of every row as CSV."
)
@click.option(
    "--status", type=click.Choice(["draft", "published"]), help="Instead of what the mapping says for new offers."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_csv(file: Path, mapping: str, report: Path | None, status: str | None, dry_run: bool) -> None:
    """Import FILE: every row ends as imported, unchanged or rejected with its reason."""
    from portal.extensions import db as database
    from portal.importing.csv_import import import_file
    from portal.importing.mapping import find_mapping
    from portal.importing.progress import progress_bar
    from portal.importing.reading import ImportFileError
    from portal.importing.result import write_report
    from portal.models.enums import OfferStatus

    if report and not report.parent.is_dir():
        raise click.ClickException(f"{report}: there is no such folder")
    app = make_app()
    prepare(app, demo=False)
    with app.app_context():
        try:
            rules = find_mapping(mapping, app.extensions["settings"].content_dir / "imports")
            with progress_bar(f"Reading {file.name}") as advance:
                result = import_file(
                    database.session, file, rules, advance, status=OfferStatus(status) if status else None
                )
        except (ImportFileError, ContentError) as error:
            database.session.rollback()
            raise click.ClickException(str(error)) from error
        except SQLAlchemyError as error:
            database.session.rollback()
            raise click.ClickException(
                f"The database refused the import; nothing was changed. ({type(error).__name__})"
            ) from error
        if dry_run:
            database.session.rollback()
        else:
            database.session.commit()
    if report:
        write_report(result, report)
    for row in result.rejected[:20]:
        click.echo(f"  line {row.line}: rejected: {row.reason}")
    if len(result.rejected) > 20:
        click.echo(f"  … and {len(result.rejected) - 20} more (all of them: --report FILE)")
    click.echo(
        f"{len(result.rows)} rows: {result.count('imported')} imported, {result.count('updated')} updated, "
        f"{result.count('unchanged')} unchanged, {len(result.rejected)} rejected."
        + (" Dry run: nothing was changed." if dry_run else "")
    )
