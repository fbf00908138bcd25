"""What a terminal shows while a table is read."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING

from epcis_kit.cli import csv as command
from epcis_kit.tabular.running import Summary

if TYPE_CHECKING:
    import pytest


class Half:
    """A run that has read a quarter of its table, then a half."""

    rows = 500
    position = (250, 1000)


def test_rate_share_and_time_left_are_shown_and_the_line_is_left_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    moments = iter([10.0, 11.0, 12.0])
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr("epcis_kit.cli.csv.time", SimpleNamespace(monotonic=lambda: next(moments)))
    monkeypatch.setattr(command._Progress, "shown", 0.0)
    progress = command._Progress("big.csv")
    run = Half()
    progress(run, Summary(rows=500, rejected=0))  # type: ignore[arg-type]
    run.position = (500, 1000)
    progress(run, Summary(rows=1000, rejected=3))  # type: ignore[arg-type]
    command._Progress.clear()
    assert [line.removeprefix("\x1b[2K") for line in shown.getvalue().split("\r")[1:]] == [
        "big.csv: 500 rows, 500 a second, 25%",
        "big.csv: 1,000 rows, 250 a second, 50%, about 2 s left, 3 rejected",
        "",
    ]
