"""`portal freshness …` and `portal digest`, and the same once a day by itself in a serving process."""

from __future__ import annotations

import fcntl
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import click
import structlog
from flask import Flask

from portal.config import Settings
from portal.content.schema import Kommune
from portal.editing import digests, drafts, links, pictures, reminders, trash
from portal.editing.confirm_links import ConfirmLinks
from portal.editing.freshness import Person
from portal.editing.reminders import Letter, Send
from portal.extensions import db
from portal.mail import Mailer, MailError
from portal.offers.context import BERLIN, today
from portal.referrals import sharing
from portal.starting import make_app

log = structlog.get_logger("freshness")

_STATE_FILE = "freshness.json"
_SUMMARY_EVERY = timedelta(7)
_FROM_HOUR = 7
"""Nobody gets such a mail in the night."""
_LOOK_EVERY = 600.0


@dataclass
class Run:
    """What a daily run did."""

    letters: list[tuple[Letter, bool]] = field(default_factory=list)
    """Each with whether it went out."""
    monthly: list[tuple[digests.Due, bool]] = field(default_factory=list)
    """What changed in the month before, for whoever wants to know; each with whether it went out."""
    summary_to: list[Person] = field(default_factory=list)
    problems: list[tuple[str, links.Problem]] = field(default_factory=list)
    """Slug of the offer, and what cannot be right in it."""


# --- a run ------------------------------------------------------------------------------------------------------------


def run_daily(app: Flask, *, mails: bool = True) -> Run:
    """Ask who is to be asked, tell the Redaktion once a week, look at numbers and websites. Needs an application context.

    At the same time as another process on the same DATA_DIR it does nothing. `mails` False: only numbers and websites.
    """
    settings, kommune = _parts(app)
    done, day = Run(), today()
    with _alone(settings.data_dir) as mine:
        if not mine:
            return done
        if mails:
            _send_mails(app, done, day)
        ask = links.ask_website if kommune.freshness.check_links else None
        done.problems = links.check_all(db.session, settings.data_dir / links.FILE, day, ask=ask)
        if mails:
            # What nobody will come back for.
            drafts.sweep(db.session)
            trash.sweep(db.session)
            pictures.sweep(db.session)
            sharing.sweep(db.session, day)
            db.session.commit()
            _write_state(settings.data_dir, ran_on=day.isoformat())
    return done


def _send_mails(app: Flask, done: Run, day: date) -> None:
    settings, kommune = _parts(app)
    base, send = settings.own_address, _sender(app)
    confirm_links = ConfirmLinks(app.config["SECRET_KEY"], base)
    done.letters = reminders.send_reminders(db.session, kommune, day, confirm_links, base, send)
    last = _read_state(settings.data_dir).get("summary_on")
    if last is None or date.fromisoformat(last) + _SUMMARY_EVERY <= day:
        done.summary_to = reminders.send_summary(db.session, kommune, day, base, send)
        if done.summary_to:
            _write_state(settings.data_dir, summary_on=day.isoformat())
    done.monthly = digests.send_digests(db.session, kommune, day, base, send)


def _parts(app: Flask) -> tuple[Settings, Kommune]:
    return app.extensions["settings"], app.extensions["site"].kommune


def _sender(app: Flask) -> Send:
    mailer: Mailer = app.extensions["mailer"]
    has_server = bool(app.extensions["settings"].smtp_url)

    def send(to: str, subject: str, text: str) -> bool:
        """Without a mail server the file in DATA_DIR/mail is the mail; with one, only what the server took has gone out."""
        try:
            result = mailer.send(to, subject, text)
        except MailError as error:
            log.warning("mail not sent", reason=str(error))
            return False
        return result.sent or not has_server

    return send


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other process is at it. The system gives the lock back however this one ends."""
    with (folder / "freshness.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _read_state(folder: Path) -> dict[str, str]:
    """`ran_on` and `summary_on`, as days; {} where it never ran."""
    try:
        state = json.loads((folder / _STATE_FILE).read_text(encoding="utf-8"))
        return {name: date.fromisoformat(day).isoformat() for name, day in state.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _write_state(folder: Path, **changes: str) -> None:
    draft = folder / f"{_STATE_FILE}.new"
    draft.write_text(json.dumps({**_read_state(folder), **changes}), encoding="utf-8")
    draft.replace(folder / _STATE_FILE)


# --- every day --------------------------------------------------------------------------------------------------------


def start_working(app: Flask) -> None:
    """In the background of a serving process. A demo sends no mails: its people and addresses are invented."""

    def work() -> None:
        stop = threading.Event()
        while not stop.wait(_LOOK_EVERY):
            try:
                with app.app_context():
                    if is_time(app, datetime.now(BERLIN)):
                        run_daily(app)
            except Exception as error:
                # Whatever it was, tomorrow is another day. Not its text: it may hold an address.
                log.warning("freshness run failed", error=type(error).__name__)

    if not app.extensions["site"].kommune.demo:
        threading.Thread(target=work, name="freshness", daemon=True).start()


def is_time(app: Flask, now: datetime) -> bool:
    """Whether today's run is still to be done. Needs an application context."""
    settings, _kommune = _parts(app)
    return now.hour >= _FROM_HOUR and _read_state(settings.data_dir).get("ran_on") != today().isoformat()


# --- commands ---------------------------------------------------------------------------------------------------------


@click.group()
def freshness() -> None:
    """Which offers want to be confirmed, who is asked, which numbers and websites cannot be right."""


@freshness.command("run")
@click.option("--dry-run", is_flag=True, help="Only say who would be asked about what.")
def run(dry_run: bool) -> None:
    """Do now what the portal does once a day: ask, remind, tell the editors, look at numbers and websites."""
    app = make_app()
    with app.app_context():
        if dry_run:
            _say_what_would_be(app)
            return
        done = run_daily(app)
        for letter, sent in done.letters:
            click.echo(
                f"{_who(letter.person)}: {len(letter.rows)} offers{'' if sent else ' - NOT SENT, again tomorrow'}"
            )
        for person in done.summary_to:
            click.echo(f"{_who(person)}: the weekly summary")
        if done.monthly:
            click.echo(_digests_said(done.monthly))
        click.echo(
            f"{sum(sent for _letter, sent in done.letters)} mails. {len(done.problems)} problems with numbers and websites."
        )
        settings, _kommune = _parts(app)
        if (done.letters or done.summary_to or done.monthly) and not settings.smtp_url:
            click.echo(f"SMTP_URL is not set: the mails are files in {settings.data_dir / 'mail'}.")


def _say_what_would_be(app: Flask) -> None:
    settings, kommune = _parts(app)
    letters = reminders.letters_due(db.session, kommune, today())
    for letter in letters:
        click.echo(f"{_who(letter.person)}: {reminders.subject_of(letter)}")
        for row in letter.rows:
            click.echo(f"  {row.slug}, due {row.review_due}")
    if found := reminders.summary(db.session, kommune, today(), settings.own_address):
        click.echo(f"Summary for the editors, once a week: {found[0]}")
    click.echo(f"{len(letters)} mails would be sent. Dry run: nothing was changed.")


def _who(person: Person) -> str:
    return f"{person.name} <{person.email}>" if person.name else person.email


def _digests_said(done: list[tuple[digests.Due, bool]]) -> str:
    """How many, never who: what somebody wants to read is their own business."""
    sent = sum(went_out for _due, went_out in done)
    unsent = f", {len(done) - sent} NOT SENT, again tomorrow" if sent < len(done) else ""
    return f"{sent} mails about what changed in the month before{unsent}."


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how many mails would be sent.")
def digest(dry_run: bool) -> None:
    """Tell practitioners now what changed in their districts in the month before; the daily run does it by itself."""
    app = make_app()
    with app.app_context():
        settings, kommune = _parts(app)
        if not dry_run:
            with _alone(settings.data_dir) as mine:
                base, send = settings.own_address, _sender(app)
                done = digests.send_digests(db.session, kommune, today(), base, send) if mine else []
            click.echo(_digests_said(done))
            return
        found = digests.due(db.session, kommune, today())
        told = [len(item.changes) for item in found if item.changes]
        click.echo(
            f"{len(found)} people want to know. {len(told)} mails would be sent, with {sum(told)} changes in all."
        )
        if today().day > digests.UNTIL_DAY:
            click.echo(f"Such mails go out until the {digests.UNTIL_DAY}th of a month only.")
        click.echo("Dry run: nothing was changed.")


@freshness.command("links")
def check_links() -> None:
    """Look at phone numbers and websites. Websites are asked where kommune.yaml has `check_links: true`."""
    app = make_app()
    with app.app_context():
        for slug, problem in run_daily(app, mails=False).problems:
            click.echo(f"{slug}: {problem.message} {problem.value}")
