"""Every command explains itself with an example, and the reference page names every command and every option."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md"
PROMISED = ["demo", "validate", "convert", "capture", "query", "trace", "where", "contents", "info"]


def command(name: str) -> click.Command:
    """The command of a name; that of a group's member has two words."""
    found: click.Command | None = cli
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None
    return found


def names() -> list[str]:
    """Every command, groups by their members."""
    found = []
    for name in cli.list_commands(click.Context(cli)):
        group = command(name)
        members = sorted(group.commands) if isinstance(group, click.Group) else ()
        found += [f"{name} {member}" for member in members] or [name]
    return sorted(found)


NAMES = names()


def parameters(name: str) -> list[click.Parameter]:
    """The parameters of a command, those of its sub-commands among them."""
    found = command(name)
    below = found.commands.values() if isinstance(found, click.Group) else ()
    return [*found.params, *(parameter for one in below for parameter in one.params)]


def section(name: str) -> str:
    """The part of the page below the heading of a command."""
    found = re.search(
        rf"^## `epcis-kit {re.escape(name)}`\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"{PAGE.name} has no heading '## `epcis-kit {name}`'"
    return found.group(1)


def test_the_promised_commands_exist() -> None:
    assert {*PROMISED} <= {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_has_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert re.search(rf"^ *Examples?: +epcis-kit {name}\b", result.output, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_names_every_option_and_argument(name: str) -> None:
    text = section(name)
    for parameter in parameters(name):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            longest = max(parameter.opts, key=len)
            assert re.search(rf"`[^`]*{re.escape(longest)}\b", text), f"{name}: {longest} is not described"
        elif isinstance(parameter, click.Argument):
            shown = parameter.make_metavar(click.Context(command(name))).strip("[].…")
            assert shown in text.partition("\n```\n")[0], f"{name}: {shown} is not in the first line of its section"


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_names_no_option_that_is_gone(name: str) -> None:
    known = {"--help", *(option for one in parameters(name) for option in (*one.opts, *one.secondary_opts))}
    assert {*re.findall(r"(?<![\w-])--[a-z][a-z-]*", section(name))} <= known


def test_the_reference_names_the_commands_there_are_in_their_order() -> None:
    assert re.findall(r"^## `epcis-kit ([\w -]+)`$", PAGE.read_text("utf-8"), re.MULTILINE) == NAMES
