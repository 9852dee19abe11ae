"""Mails by a real SMTP server on this machine, and as files where there is none or where it fails."""

from __future__ import annotations

import base64
import io
import ipaddress
import re
import socketserver
import ssl
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal import mail
from portal.config import SettingsError
from portal.mail import Mailer, MailError, MailResult
from tests.integration.conftest import free_port

SENDER = "Familienlotse Beispielstadt <lotse@beispielstadt.example>"
TO = "kim@traeger.example"
PASSWORD = "geheim/@:7%"
TEXT = "Hallo Kim,\n\nbitte bestätige:\nhttps://lotse.example/b?t=" + "a1=" * 60 + "\n.\n.Punkt\nViele Grüße\n"


class Handler(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321, 3207, 4954) as a mail needs."""

    server: Server

    def handle(self) -> None:
        script = self.server.script
        if "greeting" in script:
            return self.say(script["greeting"])
        if self.server.tls == "smtps" and not self.encrypt():
            return None
        self.say("220 ready")
        while line := self.rfile.readline():
            words = line.decode().split()
            verb = words[0].upper()
            self.server.heard.append(verb)
            if verb in script:
                if not script[verb]:
                    return None
                self.say(script[verb])
            elif verb == "EHLO":
                self.server.names.append(words[1])
                extensions = [*(["STARTTLS"] if self.server.tls == "starttls" else []), "AUTH PLAIN", "SIZE"]
                self.say(
                    "\r\n".join(["250-hello", *(f"250-{word}" for word in extensions[:-1]), f"250 {extensions[-1]}"])
                )
            elif verb == "STARTTLS":
                self.say("220 go")
                if not self.encrypt():
                    return None
            elif verb == "AUTH":
                user, password = base64.b64decode(words[2]).decode().split("\0")[1:]
                right = (user, password) == ("lotse", PASSWORD)
                self.say("235 ok" if right else f"535 no: {user}")
            elif verb == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(b"".join(line.removeprefix(b".") for line in lines))
                self.say("250 taken")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.server.envelope.append(line.decode().strip())
                self.say("250 ok")
        return None

    def say(self, answer: str) -> None:
        self.wfile.write(answer.encode() + b"\r\n")

    def encrypt(self) -> bool:
        assert self.server.context is not None
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except OSError:
            # The other side does not trust this certificate.
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.server.secured += 1
        return True

    def finish(self) -> None:
        for file in (self.wfile, self.rfile, self.connection):
            with suppress(OSError):
                file.close()


class Server(socketserver.ThreadingTCPServer):
    """`script` holds what it answers otherwise than usual, by verb; "" hangs up."""

    allow_reuse_address = True

    def __init__(
        self, tls: str = "no", script: dict[str, str] | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tls, self.script, self.context = tls, script or {}, context
        self.heard: list[str] = []
        self.names: list[str] = []
        self.envelope: list[str] = []
        self.mails: list[bytes] = []
        self.secured = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    servers = []

    def make(*args: Any, **kwargs: Any) -> Server:
        server = Server(*args, **kwargs)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return server

    yield make
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody trusts who was not told to, and the server's side of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """Everything that is logged meanwhile."""
    lines, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.WriteLoggerFactory(file=lines),
        cache_logger_on_first_use=False,
    )
    yield lines.getvalue
    structlog.configure(**before)


def plain(server: Server, user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{server.port}?tls=no"


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def kept(result: MailResult, folder: Path) -> EmailMessage:
    """The mail in the file, which is the only one in the folder."""
    assert result.path is not None
    assert (result.sent, list(folder.iterdir())) == (False, [result.path])
    return parsed(result.path.read_bytes())


# --- Sent ---


def test_a_mail_arrives_as_it_was_written(start: Start, tmp_path: Path) -> None:
    server = start()
    result = Mailer(plain(server), SENDER, tmp_path / "mails").send(TO, "Stimmt „Spieltreff“ noch?", TEXT)
    assert result == MailResult(True, None, "")
    assert not (tmp_path / "mails").exists()
    assert server.envelope[0].split(" ")[:2] == ["mail", "FROM:<lotse@beispielstadt.example>"]
    assert server.envelope[1:] == [f"rcpt TO:<{TO}>"]
    assert server.names == ["beispielstadt.example"]
    assert server.heard[-2:] == ["DATA", "QUIT"]
    message = parsed(server.mails[0])
    assert message.get_content().replace("\r\n", "\n") == TEXT
    assert {name: message[name] for name in ("From", "To", "Subject", "Auto-Submitted", "Content-Type")} == {
        "From": SENDER,
        "To": TO,
        "Subject": "Stimmt „Spieltreff“ noch?",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
    }
    assert re.fullmatch(r"<[^<>@\s]+@beispielstadt\.example>", message["Message-ID"])
    assert abs(parsedate_to_datetime(message["Date"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert set(message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    }
    assert max(map(len, server.mails[0].splitlines())) <= 78
    assert server.mails[0].isascii()


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_mail_is_sent_encrypted_after_a_log_in(
    tls: str, start: Start, certificate: tuple[Path, ssl.SSLContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server = start(tls, context=certificate[1])
    scheme = {"starttls": "smtp", "smtps": "smtps"}[tls]
    url = f"{scheme}://lotse:geheim%2F%40%3A7%25@127.0.0.1:{server.port}"
    assert Mailer(url, SENDER, tmp_path).send(TO, "Hallo", "x") == MailResult(True, None, "")
    assert (server.secured, len(server.mails)) == (1, 1)
    assert (
        server.heard
        == {
            "starttls": ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"],
            "smtps": ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"],
        }[tls]
    )


def test_a_server_that_hangs_up_after_it_took_the_mail_does_not_make_it_sent_twice(
    start: Start, tmp_path: Path
) -> None:
    for farewell in ("", "500 what?"):
        server = start(script={"QUIT": farewell})
        assert Mailer(plain(server), SENDER, tmp_path).send(TO, "Hallo", "x") == MailResult(True, None, "")
        assert (len(server.mails), list(tmp_path.iterdir())) == (1, [])


def test_an_address_with_an_umlaut_in_its_domain_is_written_as_the_name_system_does(
    start: Start, tmp_path: Path
) -> None:
    server = start()
    assert Mailer(plain(server), SENDER, tmp_path).send(" info@kita-köln.example ", "x", "x").sent
    assert server.envelope[1:] == ["rcpt TO:<info@xn--kita-kln-s4a.example>"]


# --- Not sent, so kept ---


def test_without_a_server_every_mail_becomes_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mails"
    mailer = Mailer("", SENDER, folder)
    results = [mailer.send(TO, f"Mail {number}", TEXT) for number in range(5)]
    assert {(result.sent, result.reason) for result in results} == {(False, "Es ist kein Mailserver eingestellt.")}
    assert sorted(folder.iterdir()) == [result.path for result in results]
    assert folder.stat().st_mode & 0o777 == 0o700
    for number, path in enumerate(sorted(folder.iterdir())):
        assert path.stat().st_mode & 0o777 == 0o600
        assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}\.eml", path.name)
        message = parsed(path.read_bytes())
        assert (message["Subject"], message["To"]) == (f"Mail {number}", TO)
        assert message.get_content().replace("\r\n", "\n") == TEXT
        assert parsedate_to_datetime(message["Date"]).strftime("%Y%m%dT%H%M%S") == path.name[:15]


def test_in_the_file_a_link_stands_as_it_is(tmp_path: Path) -> None:
    result = Mailer("", SENDER, tmp_path).send(TO, "Einladung", TEXT)
    assert result.path is not None
    assert TEXT.split("\n")[3] in result.path.read_text("utf-8").splitlines()


def test_no_server_is_listening(tmp_path: Path) -> None:
    result = Mailer(f"smtp://127.0.0.1:{free_port()}?tls=no", SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert result.reason == "Der Mailserver ist nicht erreichbar."
    assert kept(result, tmp_path).get_content().replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"RCPT": f"550 no such user {TO}"}, "Der Mailserver nimmt die Adresse nicht an."),
        ({"MAIL": "550 not you"}, "Der Mailserver nimmt den Absender nicht an."),
        ({"DATA": "554 spam"}, "Der Mailserver hat die Mail nicht angenommen."),
        ({"greeting": "554 closed"}, "Der Mailserver hat die Mail nicht angenommen."),
        ({"greeting": "\0\xff garbage"}, "Der Mailserver hat die Mail nicht angenommen."),
        ({"EHLO": "", "HELO": ""}, "Der Mailserver hat die Verbindung abgebrochen."),
        ({"RCPT": ""}, "Der Mailserver hat die Verbindung abgebrochen."),
        ({"DATA": ""}, "Der Mailserver hat die Verbindung abgebrochen."),
    ],
)
def test_what_a_server_does_not_take_is_kept_and_no_address_is_logged(
    script: dict[str, str], reason: str, start: Start, tmp_path: Path, log: Callable[[], str]
) -> None:
    server = start(script=script)
    result = Mailer(plain(server), SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert (result.reason, server.mails) == (reason, [])
    assert kept(result, tmp_path)["To"] == TO
    assert log().count("mail not sent") == 1
    assert not re.search(r"@|traeger|beispielstadt|Hallo", log())


def test_a_server_that_says_nothing_is_not_waited_for_long(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mail.TIMEOUT == 10
    monkeypatch.setattr(mail, "TIMEOUT", 0.2)
    silence = threading.Event()
    server = start()
    monkeypatch.setattr(Handler, "handle", lambda _self: silence.wait(5))
    result = Mailer(plain(server), SENDER, tmp_path).send(TO, "Hallo", TEXT)
    silence.set()
    assert result.reason == "Der Mailserver hat die Verbindung abgebrochen."
    assert kept(result, tmp_path)["To"] == TO


def test_a_wrong_password_is_told_and_not_shown(start: Start, tmp_path: Path, log: Callable[[], str]) -> None:
    server = start()
    mailer = Mailer(plain(server, "lotse:falsch-geheim@"), SENDER, tmp_path)
    result = mailer.send(TO, "Hallo", TEXT)
    assert result.reason == "Der Mailserver nimmt Namen und Passwort nicht an."
    assert kept(result, tmp_path)["To"] == TO
    assert server.mails == []
    assert "falsch" not in log() + repr(mailer) + repr(vars(mailer)) + repr(result)
    assert "535" in log()


def test_without_starttls_neither_password_nor_mail_leaves_the_house(start: Start, tmp_path: Path) -> None:
    server = start()
    result = Mailer(f"smtp://lotse:geheim@127.0.0.1:{server.port}", SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert result.reason == "Der Mailserver kann keine Verschlüsselung (STARTTLS) oder keine Anmeldung."
    assert (server.heard, server.mails) == (["EHLO"], [])
    assert kept(result, tmp_path)["To"] == TO


def test_a_server_that_turns_starttls_down_gets_nothing(start: Start, tmp_path: Path) -> None:
    server = start("starttls", script={"STARTTLS": "454 not now"})
    result = Mailer(f"smtp://lotse:geheim@127.0.0.1:{server.port}", SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert (result.reason, server.heard) == ("Der Mailserver hat die Mail nicht angenommen.", ["EHLO", "STARTTLS"])
    assert kept(result, tmp_path)["To"] == TO


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_server_that_nobody_vouches_for_gets_nothing(
    tls: str, start: Start, certificate: tuple[Path, ssl.SSLContext], tmp_path: Path
) -> None:
    server = start(tls, context=certificate[1])
    scheme = {"starttls": "smtp", "smtps": "smtps"}[tls]
    result = Mailer(f"{scheme}://lotse:geheim@127.0.0.1:{server.port}", SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert result.reason == "Der Mailserver kann sich nicht ausweisen: Sein Zertifikat gilt nicht."
    assert (server.mails, "AUTH" in server.heard) == ([], False)
    assert kept(result, tmp_path)["To"] == TO


def test_where_not_even_a_file_can_be_written_the_caller_is_told(tmp_path: Path, log: Callable[[], str]) -> None:
    (tmp_path / "mails").write_text("a file where the folder should be")
    with pytest.raises(MailError) as caught:
        Mailer("", SENDER, tmp_path / "mails").send(TO, "Hallo", TEXT)
    assert str(caught.value) == "Die Mail konnte weder verschickt noch abgelegt werden: Ist die Platte voll?"
    assert TO not in log()


def test_a_file_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MailError):
        Mailer("", SENDER, tmp_path).send(TO, "Hallo", TEXT)
    assert list(tmp_path.iterdir()) == []


# --- What is no address and no subject ---


@pytest.mark.parametrize(
    "to",
    [
        *("", "kim", "@traeger.example", "kim@", "kim@@traeger.example", "kim@traeger..example", "kim@.example"),
        *("a@x.example,b@x.example", "a@x.example;b@x.example", "a@x.example b@x.example", "Kim <kim@x.example>"),
        *(
            "kim@x.example\nBcc: b@x.example",
            "kim@x.example\r\n",
            "\nkim@x.example",
            "kim@x.example\0",
            "k\x0bim@x.example",
        ),
        *("kim@x.example\u2028Bcc: b@x.example", "kim@x.example\x85", "kim\ud800@x.example", "jürgen@x.example"),
        *(
            '"kim\\"@x.example',
            "kim@x.example>\\r\\nRCPT TO:<b@x.example",
            "kim@" + "x" * 64 + ".example",
            "kim@[127.0.0.1]",
        ),
    ],
)
def test_only_one_plain_address_is_written_to(to: str, tmp_path: Path) -> None:
    with pytest.raises(MailError) as caught:
        Mailer("", SENDER, tmp_path).send(to, "Hallo", "x")
    assert "x.example" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\ud800"]
)
def test_a_subject_cannot_begin_another_header(end: str, tmp_path: Path) -> None:
    with pytest.raises(MailError) as caught:
        Mailer("", SENDER, tmp_path).send(TO, f"Hallo{end}Bcc: b@x.example", "x")
    assert str(caught.value) == "Ein Betreff und eine Adresse haben nur eine Zeile: Nimm die Zeilenumbrüche heraus."
    assert list(tmp_path.iterdir()) == []


def test_a_long_subject_and_a_strange_text_pass(tmp_path: Path) -> None:
    subject, text = "Ä " * 300 + "Ende", "x" * 5000 + "\nFrom here\n\udcff \0\n"
    message = kept(Mailer("", SENDER, tmp_path).send(TO, subject, text), tmp_path)
    assert message["Subject"] == subject
    assert message.get_content().replace("\r\n", "\n") == text.replace("\udcff", "?")


# --- Settings that cannot be used stop the start ---


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://lotse:geheim/x@mail.example",
        "smtp://lotse:geheim#x@mail.example",
        "smtp://lotse:geheim?x@mail.example",
        "smtp://lotse:geheim@mail.example:99999",
        "smtp://lotse:geheim@mail.example:geheim",
        "smtp://lotse:geheim@[mail.example",
        "smtp://lotse:geheim@mail.example/pfad",
        "smtp://lotse:geheim@mail.example?tls=maybe",
        "smtps://lotse:geheim@127.0.0.1?tls=no",
        "smtp://lotse:geheimü@mail.example",
        "smtp://lotse@mail.example",
        "smtp://:geheim@mail.example",
        "smtp://lotse:geheim@mail.example?tls=no",
        "smtp://lotse:geheim@localhost?tls=no",
    ],
)
def test_an_address_of_a_server_that_cannot_be_right_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Mailer(url, SENDER, tmp_path)
    assert str(caught.value).startswith("SMTP_URL ")
    assert "geheim" not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("sender", ["", "Familienlotse", "a@x.example, b@x.example", "Lotse\n <a@x.example>"])
def test_a_sender_without_an_address_stops_the_start(sender: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        Mailer("", sender, tmp_path)


def test_the_usual_ports_are_known(tmp_path: Path) -> None:
    ports = [
        Mailer(url, SENDER, tmp_path)._server
        for url in ("smtp://mail.example", "smtps://mail.example", "smtp://mail.example:25", "smtp://127.0.0.1?tls=no")
    ]
    assert [(server.port, server.tls) for server in ports if server] == [
        (587, "starttls"),
        (465, "smtps"),
        (25, "starttls"),
        (587, "no"),
    ]
