"""The README's two set-up commands are whole, and the script that checks every change runs the second as it stands."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def set_up_commands() -> list[str]:
    """The lines of the README's first two ``sh`` blocks."""
    return [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)[:2]
        for line in block.splitlines()
    ]


def test_there_are_two_commands_of_one_line_each() -> None:
    run, test = set_up_commands()
    assert run.startswith("python3 -m venv .venv && ")
    assert run.endswith("epcis-kit demo")
    assert test.startswith("python3 -m venv .venv-tests && ")
    assert test.endswith("/nox")


def test_each_command_uses_only_what_it_makes_itself() -> None:
    for command in set_up_commands():
        first, *rest = command.split(" && ")
        folder = first.split()[-1]
        assert rest
        assert all(part.startswith(f"{folder}/bin/") for part in rest)


def test_the_checking_script_runs_the_test_command_as_it_stands() -> None:
    lines = [line.strip() for line in (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()]
    assert lines.count(set_up_commands()[1]) == 1


def test_the_environments_are_not_taken_into_version_control() -> None:
    assert ".venv*/" in (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_every_session_has_a_sentence() -> None:
    text = (REPOSITORY / "noxfile.py").read_text(encoding="utf-8")
    sessions = re.findall(r"^@nox\.session.*\ndef (\w+)\(.*\n    \"\"\"(.+)", text, re.MULTILINE)
    assert len(sessions) == text.count("@nox.session")
    assert {"tests", "lint", "typing", "layers", "docs", "wheel", "bench", "foreign", "screenshot"} <= {
        name for name, _ in sessions
    }


def test_links_to_files_of_the_project_lead_somewhere() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", (REPOSITORY / page).read_text(encoding="utf-8"))
        missing = [target for target in targets if not (REPOSITORY / target).exists()]
        assert missing == [], page
