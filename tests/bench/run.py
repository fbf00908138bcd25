"""Measure the library against its peers and lower bounds, in turn, in one run, and write the table of the docs.

``python tests/bench/run.py [--events N] [--only NAME] [--write]``. Takes the synthetic supply chain of the generator
that lies beside the project (``../shared/tools/gen_corpus.py``, or the folder in ``EPCIS_KIT_SHARED``); gives a table
of ratios. Each row is the median of several rounds in which both sides run one after the other, so that a change of
the machine's speed touches both. Ratios say "ours per peer" in time (lower is better) or in rate (higher is better),
as the target does.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PAGE = REPOSITORY / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
MODULES = (
    "bench_codec",
    "bench_xml",
    "bench_store",
    "bench_trace",
    "bench_gs1",
    "bench_hashing",
    "bench_signing",
    "bench_validate",
    "bench_tabular",
    "bench_memory",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="size of the larger store (default 100000)")
    parser.add_argument("--only", action="append", help="names of modules, for example bench_codec")
    parser.add_argument("--write", action="store_true", help="write the table into docs/explanation/performance.md")
    arguments = parser.parse_args()
    generator = Path(os.environ.get("EPCIS_KIT_SHARED", REPOSITORY.parent / "shared")) / "tools" / "gen_corpus.py"
    if not generator.is_file():
        print("The generator of the synthetic supply chain is not beside the project; nothing was measured.")
        return 0
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Data(Path(folder), generator, arguments.events)
        for name in arguments.only or MODULES:
            if not (HERE / f"{name}.py").is_file():
                continue
            print(f"{name} …", flush=True)
            for row in importlib.import_module(name).measure(data):
                print(as_line(row), flush=True)
                rows.append(row)
    table = as_table(rows)
    print("\n" + table)
    if arguments.write:
        text = PAGE.read_text(encoding="utf-8")
        before, after = text.partition(BEGIN)[0], text.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")
    return 0


class Data:
    """The corpora of this run, made when they are first asked for.

    Attributes:
        folder: A folder for the files of the run, removed afterwards.
        events: Size of the larger store.
    """

    def __init__(self, folder: Path, generator: Path, events: int) -> None:
        self.folder = folder
        self.events = events
        self._generator = generator

    def path(self, events: int, form: str) -> Path:
        """A corpus of ``events`` events; ``form`` is ``jsonl``, ``json``, ``xml20`` or ``xml12``."""
        out = self.folder / f"c{events}"
        suffix = {"jsonl": ".jsonl", "json": ".json", "xml20": ".xml20.xml", "xml12": ".xml12.xml"}[form]
        path = out.with_name(out.name + suffix)
        if not path.exists():
            command = [sys.executable, str(self._generator), "-n", str(events), "--formats", form, "--out", str(out)]
            subprocess.run(command, check=True, capture_output=True)
        return path

    def truth(self, events: int) -> Path:
        """What traces of that corpus must find, one production run a line."""
        path = self.folder / f"t{events}.truth.jsonl"
        if not path.exists():
            out = self.folder / f"t{events}"
            command = [sys.executable, str(self._generator), "-n", str(events), "--formats", "jsonl", "--out", str(out)]
            subprocess.run([*command, "--truth", str(path)], check=True, capture_output=True)
        return path


def as_line(row: dict[str, Any]) -> str:
    return f"  {row['name']}: {row['ratio']:.2f} (target {row['target']}); ours {row['ours']}, {compared_with(row)}"


def compared_with(row: dict[str, Any]) -> str:
    return f"{row['peer']} ({row['against']})" if "against" in row else str(row["peer"])


def as_table(rows: list[dict[str, Any]]) -> str:
    where = f"{os.cpu_count()} cores, {machine()}, Python {platform.python_version()}"
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {where}.",
        "The machine is shared; ratios are medians of rounds in turn.",
        "Times without a unit are microseconds an event or identifier.",
        "",
        "| measure | ours | compared with | ratio | target |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (row["name"], row["ours"], compared_with(row), f"{row['ratio']:.2f}", row["target"])
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
