"""The command `portal`: each of its commands is loaded when it is called."""

from __future__ import annotations

from importlib import import_module

import click

_COMMANDS = {
    "booklet": "portal.booklets.commands:booklet",
    "content": "portal.content.commands:content",
    "db": "portal.commands:db",
    "digest": "portal.editing.freshness_commands:digest",
    "freshness": "portal.editing.freshness_commands:freshness",
    "import": "portal.commands:import_",
    "lotse": "portal.lotse.commands:lotse",
    "needs": "portal.search.commands:needs",
    "reindex": "portal.search.commands:reindex",
    "run": "portal.commands:run",
    "search": "portal.search.commands:search_group",
    "text": "portal.plain.commands:text",
    "user": "portal.auth.commands:user",
    "worker": "portal.search.commands:worker",
}


class Commands(click.Group):
    """`portal text score` reads lines in a fifth of a second; the whole site takes one and a half to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Familienlotse: run it, fill it, look after it."""


if __name__ == "__main__":
    main()
