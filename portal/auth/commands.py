"""`portal user …`: people, from the machine itself."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask
from sqlmodel import col, select

from portal.models import RoleName


def first_link(app: Flask) -> str:
    """The link to the first log-in while nobody has an account, else ""."""
    from portal.auth import people
    from portal.auth.links import Purpose, make_link
    from portal.extensions import db

    with app.app_context():
        empty = not people.anybody(db.session)
        db.session.close()
        # The workers are made after this: they open connections of their own.
        db.engine.dispose()
        return make_link(Purpose.FIRST, None, base=app.extensions["settings"].own_address) if empty else ""


def make_app() -> Any:
    from portal.starting import make_app, prepare

    app = make_app()
    prepare(app, demo=False)
    return app


@click.group()
def user() -> None:
    """Who may log in."""


@user.command()
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in RoleName]))
@click.option("--organization", "slugs", multiple=True, help="For the role traeger: the slug of an organization.")
@click.option("--language", "languages", multiple=True, help="For the role uebersetzung: a language, e.g. tr.")
def invite(email: str, name: str, roles: list[str], slugs: list[str], languages: list[str]) -> None:
    """Invite somebody and print the link with which they choose their password."""
    from portal.auth import people
    from portal.auth.links import Purpose, make_link
    from portal.editing.actor import COMMAND
    from portal.extensions import db
    from portal.models import Organization

    app = make_app()
    with app.app_context():
        found = db.session.exec(select(Organization.slug, Organization.id).where(col(Organization.slug).in_(slugs)))
        ids = dict(found.all())
        if missing := sorted(set(slugs) - set(ids)):
            raise click.ClickException(f"There is no organization {missing[0]!r}.")
        if "@" not in email:
            raise click.ClickException(f"{email!r} is no mail address.")
        try:
            person = people.invite(
                by=COMMAND,
                email=email,
                name=name,
                roles={RoleName(role) for role in roles},
                organizations=[number for number in ids.values() if number],
                languages=languages,
            )
        except people.PersonError as error:
            raise click.ClickException(error.message) from error
        db.session.commit()
        click.echo(make_link(Purpose.INVITATION, person, base=app.extensions["settings"].own_address))
        click.echo("The link works once, for 7 days.", err=True)
