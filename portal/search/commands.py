"""`portal needs …`, `portal search …`, `portal worker`, `portal reindex`: the search on the command line."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal import paths
from portal.content.schema import ContentError

if TYPE_CHECKING:
    from portal.config import Settings
    from portal.search.indexing import Indexer
    from portal.search.training import Lines

MODEL = paths.SEARCH / "model.npz"


def _lines(content: Path) -> Lines:
    from portal.content.utterances import read_lines

    try:
        return read_lines(content, paths.SEARCH)
    except ContentError as error:
        raise click.ClickException(str(error)) from error


def _settings() -> Settings:
    from portal.config import Settings, SettingsError

    try:
        return Settings.from_env()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def needs() -> None:
    """What parents type, and what the search makes of it."""


@needs.command("train")
@click.option("--report/--no-report", default=True, help="Also cross-validate: how well unseen lines are understood.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), default=MODEL, show_default=True)
def needs_train(report: bool, output: Path) -> None:
    """Train the model on the utterances of content/needs/ and write it."""
    try:
        from portal.search.training import cross_validate, save, train
    except ImportError as error:  # pragma: no cover
        raise click.ClickException("Training needs scikit-learn: pip install -r requirements/build.txt") from error
    lines = _lines(_settings().content_dir)
    if report:
        found = cross_validate(lines)
        click.echo("Lines understood by a model that has not seen them (5 parts):")
        for lang in sorted(found.asked):
            asked = found.asked[lang]
            click.echo(
                f"  {lang}: {asked} lines, right at once {found.first[lang] / asked:.2f}, "
                f"among the first three {found.three[lang] / asked:.2f}"
            )
        click.echo(f"Most honest sharpness: {found.sharpness}")
        click.echo("Most often taken for another:")
        for code, other, times, line in found.confusions:
            click.echo(f"  {times:3} × {code} → {other}, e.g. {line!r}")
    save(train(lines), output)
    click.echo(f"{output}: {output.stat().st_size / 1e6:.1f} MB, trained on {sum(1 for _ in _all(lines))} lines.")


def _all(lines: Lines) -> Any:
    for by_lang in lines.needs.values():
        for some in by_lang.values():
            yield from some


@needs.command("test")
@click.argument("text")
@click.option("--lang", default="de", show_default=True, help="The language that is asked first.")
def needs_test(text: str, lang: str) -> None:
    """What the search understands of TEXT: scores, nearest lines, age, wishes, crisis."""
    from portal.search.model import ModelError, NeedModel
    from portal.search.setup import model_path
    from portal.search.understanding import Understanding

    try:
        model = NeedModel.load(model_path(_settings().data_dir))
        understanding = Understanding.load(paths.SEARCH, model)
    except (ModelError, ContentError) as error:
        raise click.ClickException(str(error)) from error
    found = understanding.understand(text, lang)
    guess = model.guess(text)
    for code, chance in found.needs:
        click.echo(f"{chance:6.1%}  {code}")
    click.echo(f"{guess.none:6.1%}  no need at all")
    click.echo(
        f"Crisis: {found.crisis.level if found.crisis else 'no'} (model: acute {guess.acute:.2f}, hint {guess.hint:.2f})"
    )
    if found.ages.whole:
        click.echo("Age: {}–{} months".format(*found.ages.whole))
    for name, values in (("Wishes", found.barriers), ("Languages", found.languages)):
        if values:
            click.echo(f"{name}: {', '.join(values)}")
    for line in model.nearest(text, [code for code, _chance in guess.needs[:6]]):
        click.echo(f"  {line.similarity:3.0f}  {line.need}: {line.line}")


def _indexer() -> tuple[Any, Indexer]:
    from sqlalchemy.exc import SQLAlchemyError

    from portal.search.indexing import current_version
    from portal.starting import make_app

    app = make_app()
    indexer: Indexer = app.extensions["indexer"]
    try:
        with indexer.sessions() as session:
            current_version(session)
    except SQLAlchemyError as error:
        raise click.ClickException("The database cannot be read: run `portal db upgrade`.") from error
    return app, indexer


@click.command()
def worker() -> None:
    """Bring the search indexes up to date until stopped. A serving portal does it too; one of them at a time."""
    _app, indexer = _indexer()
    click.echo("Waiting for changes.")
    try:
        indexer.run(threading.Event())
    except KeyboardInterrupt:
        click.echo("Stopped.")


@click.command()
def reindex() -> None:
    """Build new search indexes and put them in the place of the old ones."""
    from portal.importing.progress import progress_bar
    from portal.search.engine import EngineError

    _app, indexer = _indexer()
    try:
        with progress_bar("Indexing") as advance:
            done = indexer.reindex(advance)
    except EngineError as error:
        raise click.ClickException(f"The search engine failed: {error}") from error
    for engine, offers in done.items():
        click.echo(f"{engine}: {offers} offers.")


@click.group("search")
def search_group() -> None:
    """Look after the search."""


@search_group.command("check")
@click.option("--mend/--no-mend", default=True, help="Put right what differs.")
def search_check(mend: bool) -> None:
    """Compare the indexes with the database. Ends with 1 where something differs and was not mended."""
    from portal.search.engine import EngineError

    _app, indexer = _indexer()
    differs = False
    for engine in indexer.engines:
        try:
            found = indexer.check(engine, mend=mend)
        except EngineError as error:
            raise click.ClickException(f"{engine.name}: {error}") from error
        differs = differs or bool(found)
        click.echo(
            f"{engine.name}: {len(found.missing)} missing, {len(found.superfluous)} superfluous, "
            f"{len(found.different)} different" + (" (mended)." if found and mend else ".")
        )
    if differs and not mend:
        raise click.exceptions.Exit(1)


@search_group.command("gaps")
def search_gaps() -> None:
    """What families looked for and did not find, for planning. Counts under 5 are never shown."""
    from portal.extensions import db
    from portal.search.gaps import LEAST_SHOWN, gaps

    app, _ = _indexer()
    with app.app_context():
        rows = gaps(db.session)
    click.echo("times\tage\tlife situation\tneed\tdistrict")
    for row in rows:
        click.echo("\t".join(str(value) or "-" for value in row))
    if not rows:
        click.echo(f"Nothing was looked for in vain {LEAST_SHOWN} times or more.")
