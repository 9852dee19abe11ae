"""The section "Handing over" of docs/benchmarks.md: lists that are opened by a code, sheets, booklets.

`python tools/bench/handing_over.py` prints it. It takes about two minutes and wants both cores for itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tools.bench import booklet, shared_list, sheet  # noqa: E402

LISTS = {
    "A list of 3 offers that was handed on, opened": ("open 3, de (ms)", "≤ 15 ms"),
    "The same with 30 offers, in Arabic": ("open 30, ar (ms)", "≤ 15 ms"),
    "The short link": ("short link, 3 (ms)", "–"),
    'The list page, 20 cards with "Merken"': ("list (ms)", "–"),
    "The same for whoever carries a list in the address": ("list that carries 3 (ms)", "–"),
}


def table() -> list[str]:
    lists, sheets, booklets = shared_list.measure(), sheet.measure(), booklet.measure(3)
    return [
        "Lists over HTTP with keep-alive, medians of 200.",
        "",
        "| What | p50 | Promise |",
        "|---|---|---|",
        *(f"| {what} | {lists[key]:.1f} ms | {promise} |" for what, (key, promise) in LISTS.items()),
        "",
        "A sheet of three offers as PDF, the language and German beside it. Promise: ≤ 200 ms, ≤ 200 kB.",
        "",
        "| Language | p50 | p95 | processor | kB | pages |",
        "|---|---|---|---|---|---|",
        *(
            f"| {lang} | {a['p50_ms']:.0f} ms | {a['p95_ms']:.0f} ms | {a['cpu_ms']:.0f} ms | {a['kB']:.0f} | {a['pages']} |"
            for lang, a in sheets.items()
        ),
        "",
        "A booklet of 300 offers (copies of the demo, whose texts are long). Promise: ≤ 6 s from click to file, ≤ 300 MB.",
        "",
        *booklets,
    ]


if __name__ == "__main__":
    print("\n".join(table()))
