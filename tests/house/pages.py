"""Reads the blocks of a page that can be run, runs them, and compares what they print with what the page says.

Takes the text of a Markdown page and a working folder. Two kinds of fenced blocks are run, in the order of the page:

* ``python``: all of a page share their names; what a block prints must equal its lines that begin with ``#>``.
* ``console``: each line that begins with ``$ `` is run by a shell in the working folder; what it prints, errors
  included, must equal the lines up to the next ``$ ``. A line ``...`` stands for any number of lines, ``…`` inside a
  line for any text.

Blocks of other kinds (``sh``, ``text``, ``toml``) are not run. Gives a list of differences, empty where the page is
true.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[a-z]+)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Block:
    """One fenced block: its kind, its first line's number in the page, its text."""

    kind: str
    line: int
    body: str


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    return [
        Block(
            found["kind"],
            page.count("\n", 0, found.start("body")) + 1,
            "".join(line.removeprefix(found["indent"]) for line in found["body"].splitlines(keepends=True)),
        )
        for found in FENCE.finditer(page)
    ]


def differences(page: str, folder: Path) -> list[str]:
    """Run every block of the page that can be run; a sentence for each that does not do what the page says."""
    names: dict[str, Any] = {"__name__": "page"}
    found: list[str] = []
    for block in blocks(page):
        if block.kind == "python":
            found += run_python(block, names, folder)
        elif block.kind == "console":
            found += run_console(block, folder)
    return found


def run_python(block: Block, names: dict[str, Any], folder: Path) -> list[str]:
    """Run one Python block in the folder; what it should print stands behind ``#>``."""
    expected = [line.strip()[2:].strip() for line in block.body.splitlines() if line.strip().startswith("#>")]
    printed = io.StringIO()
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            exec(compile(block.body, f"line {block.line}", "exec", dont_inherit=True), names)
    except Exception as error:  # noqa: BLE001 - whatever it is, the page is wrong
        return [f"line {block.line}: {type(error).__name__}: {error}"]
    return compare(f"line {block.line}", expected, printed.getvalue().splitlines())


def run_console(block: Block, folder: Path) -> list[str]:
    """Run the commands of one console block, one after the other."""
    scripts = str(Path(sys.executable).parent)
    surroundings = {
        **os.environ,
        "PATH": scripts + os.pathsep + os.environ.get("PATH", ""),
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
    found = []
    for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command += "\n" + more
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        found += compare(f"$ {command}", output.splitlines(), result.stdout.decode("utf-8").splitlines())
    return found


def compare(where: str, expected: list[str], printed: list[str]) -> list[str]:
    """Nothing where the lines fit, else one text that shows both."""
    lines = [line.rstrip() for line in expected if line.strip()]
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "..." else "[^\n]*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in lines
    )
    text = "".join(line.rstrip() + "\n" for line in printed if line.strip())
    if re.fullmatch(pattern, text):
        return []
    return [f"{where}\n  the page says:\n{indented(lines)}\n  it prints:\n{indented(printed)}"]


def indented(lines: list[str]) -> str:
    """Lines as they are shown below a heading."""
    return "\n".join(f"    {line}" for line in lines)
