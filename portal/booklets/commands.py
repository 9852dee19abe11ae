"""`portal booklet`: the booklet of a district as a file, without the web."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.option("--district", help="The slug of a district (default: the whole Kommune).")
@click.option("--lang", default="de", show_default=True, help="One of the languages of the site.")
@click.option("--german-titles", is_flag=True, help="The German titles as well.")
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF file.")
def booklet(district: str | None, lang: str, german_titles: bool, output: Path) -> None:
    """Draw the booklet "Wegweiser" of all offers of a district."""
    from portal import paper
    from portal.booklets import drawing, layout
    from portal.importing.progress import progress_bar
    from portal.starting import make_app, prepare

    app = make_app()
    languages = app.extensions["site"].kommune.languages
    if lang not in languages:
        raise click.ClickException(f"The site does not speak {lang!r}; it speaks {', '.join(languages)}.")
    if not paper.is_possible():
        raise click.ClickException("No PDF can be drawn: Pango is missing on this machine.")
    prepare(app, demo=False)
    address = app.extensions["settings"].own_address
    # The words come from templates, and they are made for a request.
    with app.test_request_context("/", base_url=address):
        try:
            parts = layout.render(layout.Wish(district, lang, german_titles), address)
        except layout.BookletError as error:
            raise click.ClickException(str(error)) from error
    number = sum(part.offers for part in parts)
    with progress_bar("Drawing") as advance:
        pdf = drawing.draw([asdict(part) for part in parts], lambda _step, offers: advance(offers, number))
    try:
        output.write_bytes(pdf)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from error
    click.echo(f"{output}: {number} offers, {len(pdf) // 1000} kB.")
