"""Plain text mails, one recipient each: by SMTP where a server is set, else as a file, so that none is ever lost.

Neither an address nor a password is in a log line or in the message of an error.
"""

from __future__ import annotations

import os
import re
import secrets
import smtplib
import ssl
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog

from portal.config import SettingsError

TIMEOUT = 10
"""Seconds for each answer of the server."""

log = structlog.get_logger("mail")

_ADDRESS = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^\s@.]+(?:\.[^\s@.]+)*)")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.I)
_BAD_URL = (
    "SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465, "
    "in ASCII, with special characters of the password written as %40 and the like."
)


class MailError(Exception):
    """The mail cannot be written. The message is one German sentence, without the address."""


@dataclass(frozen=True)
class MailResult:
    """`sent`: the server took it. Else `path` is the .eml file, and `reason` a German sentence for the admin."""

    sent: bool
    path: Path | None
    reason: str


@dataclass(frozen=True, repr=False)
class _Server:
    host: str
    port: int
    user: str
    password: str
    tls: str
    """from the start ("smtps"), by STARTTLS ("starttls") or not at all ("no")"""


class Mailer:
    """Sends from one address. Safe to share among threads."""

    def __init__(self, smtp_url: str, sender: str, folder: Path) -> None:
        """`smtp_url` may be "": then every mail becomes a file in `folder`. `sender` is an address, with a name or not.

        Raises SettingsError, without naming the password.
        """
        self._server = _server(smtp_url) if smtp_url else None
        try:
            [(name, address)] = getaddresses([_checked_line(sender)])
            self._sender = Address(name, addr_spec=_checked_address(address))
        except (MailError, ValueError) as error:
            raise SettingsError(
                "The sender of mails must be an address: Familienlotse <lotse@stadt.example>."
            ) from error
        self._folder = folder

    def send(self, to: str, subject: str, text: str) -> MailResult:
        """Send it now; where that fails, keep it as a file. Raises MailError where it can be neither."""
        address, now = _checked_address(to), datetime.now(UTC)
        message = self._message(address, _checked_line(subject), now)
        if self._server is None:
            reason = "Es ist kein Mailserver eingestellt."
        else:
            _fill(message, text, "quoted-printable")
            reason = self._deliver(self._server, address, message)
        if not reason:
            return MailResult(True, None, "")
        # Not for a server but for people: a link in it can be copied.
        _fill(message, text, "8bit")
        return MailResult(False, self._keep(message, now), reason)

    def _message(self, to: str, subject: str, now: datetime) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self._sender, Address(addr_spec=to), subject
        message["Date"], message["Message-ID"] = format_datetime(now), make_msgid(domain=self._sender.domain)
        # No answering machine shall answer (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _deliver(self, server: _Server, to: str, message: EmailMessage) -> str:
        """Why it was not sent; "" where it was."""
        try:
            _talk(server, self._sender, to, message.as_bytes())
        except (OSError, ValueError) as error:
            # What the server says may hold the address: only the kind of the error and its number are logged.
            log.warning("mail not sent", error=type(error).__name__, code=getattr(error, "smtp_code", None))
            return next(reason for kind, reason in _REASONS.items() if isinstance(error, kind))
        log.info("mail sent")
        return ""

    def _keep(self, message: EmailMessage, now: datetime) -> Path:
        """Write it as a file that has all of it or does not exist, and that only the portal's user can read."""
        name = f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
        path, unfinished = self._folder / f"{name}.eml", self._folder / f"{name}.part"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            log.error("mail not kept", error=type(error).__name__, code=error.errno)
            raise MailError("Die Mail konnte weder verschickt noch abgelegt werden: Ist die Platte voll?") from error
        return path


_REASONS: dict[type[Exception], str] = {
    smtplib.SMTPAuthenticationError: "Der Mailserver nimmt Namen und Passwort nicht an.",
    smtplib.SMTPRecipientsRefused: "Der Mailserver nimmt die Adresse nicht an.",
    smtplib.SMTPSenderRefused: "Der Mailserver nimmt den Absender nicht an.",
    smtplib.SMTPNotSupportedError: "Der Mailserver kann keine Verschlüsselung (STARTTLS) oder keine Anmeldung.",
    smtplib.SMTPServerDisconnected: "Der Mailserver hat die Verbindung abgebrochen.",
    smtplib.SMTPException: "Der Mailserver hat die Mail nicht angenommen.",
    ssl.SSLCertVerificationError: "Der Mailserver kann sich nicht ausweisen: Sein Zertifikat gilt nicht.",
    ssl.SSLError: "Die Verschlüsselung mit dem Mailserver gelingt nicht.",
    Exception: "Der Mailserver ist nicht erreichbar.",
}
"""From the narrow to the wide: the first that fits counts."""


def _talk(server: _Server, sender: Address, to: str, message: bytes) -> None:
    """One mail over one connection. Raises OSError (of which SMTPException is one) or ValueError."""
    context = ssl.create_default_context()
    # Our own name in the greeting would else be looked up, which can take long and tells the name of the machine.
    name = sender.domain
    if server.tls == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.sendmail(sender.addr_spec, [to], message)
        # The mail is with the server now: what happens to the farewell does not matter.
        with suppress(OSError):
            smtp.quit()
    finally:
        smtp.close()


def _fill(message: EmailMessage, text: str, encoding: str) -> None:
    """Put the text into it, or put it in anew in another encoding."""
    message.clear_content()
    # A lone surrogate, which no encoding has, becomes a question mark.
    message.set_content(text.encode("utf-8", "replace").decode("utf-8"), cte=encoding)


def _checked_line(text: str) -> str:
    """The same text. Raises MailError where it would end the header and begin another one."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text):
        raise MailError("Ein Betreff und eine Adresse haben nur eine Zeile: Nimm die Zeilenumbrüche heraus.")
    return text


def _checked_address(text: str) -> str:
    """One address in ASCII. Raises MailError."""
    found = _ADDRESS.fullmatch(_checked_line(text.strip(" ")))
    try:
        # "köln.example" as the name system writes it.
        domain = found[2].encode("idna").decode() if found else ""
    except UnicodeError:
        domain = ""
    if found is None or not _DOMAIN.fullmatch(domain):
        raise MailError("Das ist keine Mailadresse, an die wir schreiben können: Prüfe sie noch einmal.")
    return f"{found[1]}@{domain}"


def _server(url: str) -> _Server:
    """The parts of SMTP_URL. Raises SettingsError, which must not carry what urlsplit says: it quotes the password."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        plain = parts.query == "tls=no" and scheme == "smtp"
        right = (
            scheme in {"smtp", "smtps"} and _DOMAIN.fullmatch(host) and parts.path in {"", "/"} and not parts.fragment
        )
    except ValueError:
        raise SettingsError(_BAD_URL) from None
    if not right or (parts.query and not plain) or not (user + password).isascii() or bool(user) != bool(password):
        raise SettingsError(_BAD_URL)
    if plain and host != "127.0.0.1":
        raise SettingsError("SMTP_URL may have tls=no for 127.0.0.1 only: elsewhere passwords would be readable.")
    tls = "no" if plain else {"smtp": "starttls", "smtps": "smtps"}[scheme]
    return _Server(host, port or (465 if tls == "smtps" else 587), user, password, tls)
