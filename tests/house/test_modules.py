"""Every module says what it is for, has one idea in it, and names nothing that does not belong into the project."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = sorted((REPOSITORY / "src" / "epcis_kit").rglob("*.py"))
NAMES = [str(path.relative_to(REPOSITORY)) for path in MODULES]

LONGEST = 600
# A longer module needs a reason here; one that has shrunk must leave the list.
LONGER: dict[str, str] = {}

# Written with brackets so that this file does not hold what it looks for.
FORBIDDEN = re.compile(
    r"""
    (?<![\w.])/wor[k]/ | (?<![\w.])/tm[p]/ | (?<![\w.])/roo[t]/ | (?<![\w./])/op[t]/   # places on one machine
    | \.librar[y]/ | clau[d]e | anthropi[c] | \bLL[M]s? \b                             # tools of a workplace
    | debian\.or[g] | pypi\.or[g] | pythonhosted\.or[g] | npmj[s]                      # registry hosts
    """,
    re.VERBOSE | re.IGNORECASE,
)


def project_files() -> list[Path]:
    """The files under version control, or all that are not build products where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        found = (REPOSITORY / name for name in listed.stdout.decode().split("\0") if name)
        return sorted(path for path in found if path.is_file())
    return sorted(
        path
        for path in REPOSITORY.rglob("*")
        if path.is_file()
        and not any(part.startswith((".", "__pycache__", "build", "dist", "site")) for part in path.parts)
    )


def test_the_modules_are_found() -> None:
    assert "src/epcis_kit/errors.py" in NAMES


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_begins_with_some_lines_in_plain_words(path: Path) -> None:
    head = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    lines = [line for line in head.splitlines() if line.strip()]
    assert len(lines) >= 3, (
        f"{path.name}: expected at least 3 lines of what it takes, gives and guarantees, got {len(lines)}"
    )


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_has_one_idea_in_it(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    name = str(path.relative_to(REPOSITORY))
    if name in LONGER:
        assert lines > LONGEST, f"{name} has {lines} lines: take it off the list of longer modules"
    else:
        assert lines <= LONGEST, f"{name}: expected at most {LONGEST} lines, or a reason in the list, got {lines}"


def test_every_longer_module_exists_and_has_a_reason() -> None:
    assert all(name in NAMES and len(reason) > 20 for name, reason in LONGER.items())


@pytest.mark.parametrize("name", NAMES)
def test_what_a_module_exports_exists_and_is_public(name: str) -> None:
    module = importlib.import_module(".".join(Path(name).with_suffix("").parts[1:]).removesuffix(".__init__"))
    exported = list(getattr(module, "__all__", []))
    assert len(exported) == len(set(exported))
    assert [name for name in exported if name.startswith("_") and name != "__version__"] == []
    assert [name for name in exported if not hasattr(module, name)] == []


def test_no_file_names_a_machine_a_registry_or_a_workplace() -> None:
    found = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary data
        found += [
            f"{path.relative_to(REPOSITORY)}:{number}: {match.group()!r}"
            for number, line in enumerate(text.splitlines(), 1)
            if (match := FORBIDDEN.search(line))
        ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["see /wor" + "k/main", "in '/tm" + "p/x'", "(/roo" + "t/.cache)", "/op" + "t/env", "https://pyp" + "i.org/simple"],
)
def test_the_pattern_finds_what_it_is_for(text: str) -> None:
    assert FORBIDDEN.search(text)


@pytest.mark.parametrize("text", ["/network/a", "https://example.org/work/1", "a/tmp/b", "`--root/x`", "/options/"])
def test_the_pattern_lets_plain_words_pass(text: str) -> None:
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_there_is_no_debt_in_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#.*\b(?:TODO|FIXME|XXX|HACK)\b", text)
