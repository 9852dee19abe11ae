"""How fast the Lotse is: steps over HTTP with keep-alive, how many a second, their bytes, and a plan as PDF.

`python tools/bench/lotse_speed.py` prints the table of docs/benchmarks.md. Everything runs against 127.0.0.1.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench.wrk import requests_per_second  # noqa: E402

BIN = Path(sys.executable).parent
TALK: list[tuple[str, dict[str, list[str]]]] = [
    ("leistung", {"a": ["wohngeld"]}),
    ("kinder", {"a": ["schule:84:95"]}),
    ("kinder", {"fertig": ["1"]}),
    ("bedarf", {"a": ["ausflug", "teilhabe"]}),
    ("stadtteil", {"a": ["nordstadt"]}),
]
"""A conversation about Bildung und Teilhabe: four questions, then the plan."""
_TOKEN = re.compile(rb'name="t" value="([^"]+)"')


@dataclass
class Speed:
    step_ms: list[float]
    plan_ms: list[float]
    largest: int
    """Bytes of the largest answer, compressed."""
    per_second: float
    pdf_ms: dict[str, list[float]]
    pdf_kb: dict[str, float]


@contextmanager
def served() -> Iterator[int]:
    """The demo Kommune on a free port, with two workers."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        settings = {"DATA_DIR": folder, "PORT": str(port), "LOG_LEVEL": "warning", "WORKERS": "2"}
        server = subprocess.Popen([BIN / "portal", "run"], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        try:
            for _ in range(600):
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                    connection.request("GET", "/healthz")
                    connection.getresponse().read()
                    break
                except OSError:
                    time.sleep(0.05)
            yield port
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


def _send(
    connection: http.client.HTTPConnection, method: str, path: str, fields: dict[str, list[str]] | None = None
) -> tuple[bytes, float, int, str]:
    """The answer unpacked, the milliseconds, its bytes on the wire, and the address that it pushes."""
    import gzip

    headers = {"HX-Request": "true", "Accept-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    started = time.perf_counter()
    connection.request(method, path, urlencode(fields or {}, doseq=True) if fields else None, headers)
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - started) * 1000
    if answer.status != 200:
        raise SystemExit(f"{method} {path.partition('?')[0]} answered {answer.status}")
    plain = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
    return plain, took, len(body), answer.headers.get("HX-Push-Url", "")


def talk(port: int, rounds: int, lang: str = "de") -> tuple[list[tuple[str, float, int]], str]:
    """Conversations one after the other: name, milliseconds and bytes of each step; and the address of the last plan."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    steps, address = [], ""
    for _ in range(rounds):
        page, _took, _size, _address = _send(connection, "GET", f"/{lang}/lotse/but")
        for number, (question, fields) in enumerate(TALK):
            found = _TOKEN.search(page)
            assert found is not None
            sent = {"t": [found[1].decode()], "q": [question], **fields}
            page, took, size, address = _send(connection, "POST", f"/{lang}/lotse/schritt", sent)
            steps.append(("plan" if number == len(TALK) - 1 else "step", took, size))
    connection.close()
    return steps, address


def steps_per_second(port: int, lang: str = "de") -> float:
    """Steps of the conversation, the plan included, in turn. wrk sends them, so that the client takes little of the cores."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    page = _send(connection, "GET", f"/{lang}/lotse/but")[0]
    bodies = []
    for question, fields in TALK:
        found = _TOKEN.search(page)
        assert found is not None
        sent = {"t": [found[1].decode()], "q": [question], **fields}
        bodies.append(urlencode(sent, doseq=True))
        page = _send(connection, "POST", f"/{lang}/lotse/schritt", sent)[0]
    connection.close()
    script = (
        "local bodies = {" + ", ".join(f'"{body}"' for body in bodies) + "}\nlocal n = 0\n"
        'local h = {["HX-Request"] = "true", ["Accept-Encoding"] = "gzip",'
        ' ["Content-Type"] = "application/x-www-form-urlencoded"}\n'
        f'request = function() n = n % #bodies + 1; return wrk.format("POST", "/{lang}/lotse/schritt", h, bodies[n]) end\n'
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        return requests_per_second("-s", file.name, f"http://127.0.0.1:{port}")


def speed(rounds: int = 150) -> Speed:
    """All figures, in one run."""
    with served() as port:
        talk(port, 20)
        steps, address = talk(port, rounds)
        rate = steps_per_second(port)
        pdf_ms: dict[str, list[float]] = {}
        pdf_kb: dict[str, float] = {}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for lang in ("de", "ar", "uk"):
            path = re.sub(r"^/\w\w/lotse/schritt", f"/{lang}/lotse/plan.pdf", address)
            answers = [_send(connection, "GET", path) for _ in range(10)]
            # The first ones load fonts, in each worker.
            pdf_ms[lang], pdf_kb[lang] = [took for _b, took, _s, _a in answers[4:]], answers[0][2] / 1000
        return Speed(
            [took for name, took, _size in steps if name == "step"],
            [took for name, took, _size in steps if name == "plan"],
            max(size for _name, _took, size in steps),
            rate,
            pdf_ms,
            pdf_kb,
        )


def _p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def table(found: Speed) -> list[str]:
    every = found.step_ms + found.plan_ms
    return [
        "| What | Figure |",
        "|---|---|",
        f"| A step (a question answered, the next one shown) | p50 {_p(found.step_ms, 0.5):.1f} ms |",
        f"| The last step (the plan) | p50 {_p(found.plan_ms, 0.5):.1f} ms |",
        f"| All steps | p50 {_p(every, 0.5):.1f} ms, p99 {_p(every, 0.99):.1f} ms |",
        f"| Steps a second, plans included, 8 connections of wrk on the same cores | {found.per_second:.0f} |",
        f"| The largest answer on the wire | {found.largest / 1000:.1f} kB |",
        *(
            f"| Plan as PDF, {lang}{' and de' if lang != 'de' else ''} | {statistics.median(times):.0f} ms, "
            f"{found.pdf_kb[lang]:.0f} kB |"
            for lang, times in found.pdf_ms.items()
        ),
    ]


if __name__ == "__main__":
    print("\n".join(table(speed())))
