"""``epcis-kit info``: versions, extras present, editions of the data.

Takes nothing; gives what a bug report needs: the versions of this library, of Python and of the libraries below it,
which extras are there, and the edition and date of each packaged table of facts. Nothing about the machine beyond the
name of its system, nothing about the user.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import tomllib
from typing import Any

import click

import epcis_kit
from epcis_kit import _resources

__all__ = ["info_command"]

_LIBRARIES = (
    "biip",
    "click",
    "cryptography",
    "httpx",
    "joserfc",
    "jsonschema",
    "lxml",
    "msgspec",
    "pydantic",
    "python-stdnum",
    "PyYAML",
    "rfc8785",
    "signxml",
    "zstandard",
)
_EXTRAS = {"analysis": "scipy", "ld": "pyld", "xlsx": "openpyxl"}


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def info_command(*, as_json: bool) -> None:
    """Say which versions, extras and data editions are here.

    \b
    Example: epcis-kit info
    """
    info = _gather()
    if as_json:
        click.echo(json.dumps(info, ensure_ascii=False, indent=2))
        return
    click.echo(f"epcis-kit {info['version']}, Python {info['python']} on {info['system']}")
    click.echo("Libraries: " + ", ".join(f"{name} {version}" for name, version in info["libraries"].items()))
    click.echo(
        "Extras: " + ", ".join(f"{name} {'present' if there else 'absent'}" for name, there in info["extras"].items())
    )
    click.echo("Data:")
    for name, facts in info["data"].items():
        click.echo(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))


def _gather() -> dict[str, Any]:
    sources = tomllib.loads(_resources.read_text("schemas/SOURCES.toml"))
    data = {
        name: {key: str(value) for key, value in facts.items() if key in {"edition", "date", "entries"}}
        for name, facts in sources.items()
        if isinstance(facts, dict)
    }
    return {
        "version": epcis_kit.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "extras": {name: importlib.util.find_spec(module) is not None for name, module in _EXTRAS.items()},
        "data": data,
    }
