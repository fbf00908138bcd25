"""The command ``epcis-kit``: one module per sub-command, loaded when it is called.

Takes arguments, files, standard input; gives text or JSON on standard output, messages and progress on standard
error, and an exit code: 0 yes or clean, 1 the answer is no, 2 wrong usage, 3 cannot be read, done or decided.
Everything that depends on the outside world (files, terminal, clock) is here and passed down; the rooms below read
none of it.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

import click

import epcis_kit
from epcis_kit.errors import EpcisKitError, MappingError, QueryError

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "anomalies": ("epcis_kit.cli.anomalies", "anomalies_command"),
    "audit": ("epcis_kit.cli.audit", "audit_group"),
    "capture": ("epcis_kit.cli.capture", "capture_command"),
    "contents": ("epcis_kit.cli.trace", "contents_command"),
    "convert": ("epcis_kit.cli.convert", "convert_command"),
    "csv": ("epcis_kit.cli.csv", "csv_command"),
    "demo": ("epcis_kit.cli.demo", "demo_command"),
    "hash": ("epcis_kit.cli.hash", "hash_command"),
    "id": ("epcis_kit.cli.id", "id_command"),
    "info": ("epcis_kit.cli.info", "info_command"),
    "keygen": ("epcis_kit.cli.keygen", "keygen_command"),
    "map": ("epcis_kit.cli.map", "map_command"),
    "query": ("epcis_kit.cli.query", "query_command"),
    "rca": ("epcis_kit.cli.rca", "rca_command"),
    "recall": ("epcis_kit.cli.recall", "recall_command"),
    "recall-case": ("epcis_kit.cli.recall", "recall_case_group"),
    "rules": ("epcis_kit.cli.rules", "rules_command"),
    "sign": ("epcis_kit.cli.sign", "sign_command"),
    "store": ("epcis_kit.cli.store", "store_group"),
    "table": ("epcis_kit.cli.table", "table_command"),
    "trace": ("epcis_kit.cli.trace", "trace_command"),
    "validate": ("epcis_kit.cli.validate", "validate_command"),
    "verify": ("epcis_kit.cli.verify", "verify_command"),
    "verify-item": ("epcis_kit.cli.anomalies", "verify_item_command"),
    "where": ("epcis_kit.cli.trace", "where_command"),
}
"""Each sub-command with the module and the function that is it."""


class _LazyGroup(click.Group):
    """A group that imports a sub-command's module when the sub-command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        found = COMMANDS.get(cmd_name)
        if found is None:
            return None
        module, name = found
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415 - only for a misspelt command

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (MappingError, QueryError) as error:
            click.echo(f"epcis-kit: {error}", err=True)
            ctx.exit(2)
        except EpcisKitError as error:
            click.echo(f"epcis-kit: {error}", err=True)
            ctx.exit(3)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            what = f"{error.filename}: " if error.filename else ""
            click.echo(f"epcis-kit: {what}{error.strerror or error}", err=True)
            ctx.exit(3)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(epcis_kit.__version__, prog_name="epcis-kit")
def cli() -> None:
    """Build, read, check, convert, hash, sign, store and trace GS1 EPCIS events.

    Exit codes: 0 yes or clean, 1 the answer is no, 2 wrong usage, 3 cannot be read, done or decided.

    \b
    Example: epcis-kit demo
    """


def main() -> None:
    """Entry point of the ``epcis-kit`` command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli.main(prog_name="epcis-kit")
