"""`portal content …`: the files below content/ and the database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from portal.config import Settings
from portal.content.schema import ContentError


@click.group()
def content() -> None:
    """The files below content/ and what the database has of them."""


@content.command("check")
@click.option("--due/--no-due", default=True, help="Also name the facts that were to be checked again by today.")
def content_check(due: bool) -> None:
    """Read all content and say what is wrong or due."""
    from portal.content.check import check_content

    settings = Settings.from_env()
    try:
        problems = check_content(settings.content_dir, date.today() if due else None)  # noqa: DTZ011
    except ContentError as error:
        raise click.ClickException(str(error)) from error
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException(f"{len(problems)} problems.")
    click.echo("All content is in order.")


@content.command("load")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--demo/--no-demo", default=None, help="Also the districts, organizations and offers below demo/.")
@click.option("--only-missing", is_flag=True, help="Add what the database does not have, and leave what it has.")
def content_load(folder: Path | None, demo: bool | None, only_missing: bool) -> None:
    """Bring FOLDER (default: the content folder in use) into an empty database."""
    from portal import database
    from portal.content.load import has_content, load_content
    from portal.extensions import db
    from portal.starting import make_app

    app = make_app()
    kommune = app.extensions["site"].kommune
    with app.app_context():
        database.upgrade(db.engine)
        if has_content(db.session) and not only_missing:
            click.echo("There is content in the database already; nothing was changed. (--only-missing adds the rest.)")
            return
        try:
            loaded = load_content(
                db.session,
                folder or app.extensions["settings"].content_dir,
                kommune.languages,
                demo=kommune.demo if demo is None else demo,
                only_missing=only_missing,
            )
        except ContentError as error:
            raise click.ClickException(str(error)) from error
        db.session.commit()
    click.echo(
        f"Loaded: {loaded.needs} needs and texts of needs, {loaded.utterances} lines of parents, {loaded.pages} pages, "
        f"{loaded.life_phases} texts of life phases, {loaded.offers} offers, {loaded.directory} entries of the directory."
    )


@content.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def content_export(folder: Path) -> None:
    """Write what the database has as files below FOLDER; those that say the same already are not touched."""
    from portal.content.export import export_content
    from portal.editing import audit
    from portal.editing.actor import COMMAND
    from portal.extensions import db
    from portal.starting import make_app

    app = make_app()
    with app.app_context():
        try:
            done = export_content(db.session, folder, app.extensions["settings"].content_dir)
        except (ContentError, OSError) as error:
            raise click.ClickException(str(error)) from error
        audit.record(db.session, COMMAND, audit.Action.EXPORTED, kind="content", label=str(folder))
        db.session.commit()
    click.echo(f"{folder}: {done.written} files written, {done.removed} removed, {done.unchanged} unchanged.")
