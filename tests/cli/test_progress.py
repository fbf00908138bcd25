"""Progress is shown on a terminal and nowhere else."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import epcis_kit as ek
from epcis_kit.cli import _progress
from epcis_kit.cli._inputs import Input
from epcis_kit.cli._progress import counted, watched

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error as a terminal that shows every step; made in the test, whose capture begins after fixtures."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(_progress, "_INTERVAL", 0)
    return screen


def test_a_document_is_told_by_its_share(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    terminal = terminal_of(monkeypatch)
    path = repository / "examples" / "story" / "plant.xml"
    with watched(Input("plant", path)) as source:
        assert isinstance(source, io.BufferedReader)
        events = list(ek.iter_events(source))
    assert events == list(ek.iter_events(path))
    shown = terminal.getvalue()
    assert "plant: 100%, about 0 s left" in shown
    assert shown.endswith("\r\x1b[2K")


def test_items_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    assert list(counted(iter("abc"), "reading", unit="rows")) == ["a", "b", "c"]
    assert "reading: 3 rows, " in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_nothing_is_shown_elsewhere(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    path = repository / "examples" / "story" / "plant.xml"
    with watched(Input("plant", path)) as source:
        assert source is path
    assert list(counted([1, 2], "reading")) == [1, 2]
    assert capsys.readouterr().err == ""


def test_bytes_and_missing_files_are_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    terminal = terminal_of(monkeypatch)
    with watched(Input("-", b"{}")) as source:
        assert source == b"{}"
    with watched(Input("x", tmp_path / "x")) as source:
        assert source == tmp_path / "x"
    assert terminal.getvalue() == ""
