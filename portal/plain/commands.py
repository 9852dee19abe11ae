"""`portal text …`: what the plain-language check says, on the command line."""

from __future__ import annotations

import sys

import click


@click.group()
def text() -> None:
    """German texts: how hard they are to read."""


@text.command("score")
def score() -> None:
    """Read lines from standard input; write one number for each: 1 is very easy, 7 very hard, 0 an empty line.

    Each line is a text of its own. Bytes that are no UTF-8 are read as marks.
    """
    from portal.plain.score import score_text

    # Bytes, because only \\n ends a line here: Python's text mode also cuts at \\r, splitlines() at many more.
    for line in sys.stdin.buffer:
        sys.stdout.write(f"{score_text(line.decode('utf-8', errors='replace')):.4f}\n")
