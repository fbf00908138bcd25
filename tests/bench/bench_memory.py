"""Memory of streaming: the peak of a fresh process that reads every event and keeps none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = """
import re, sys
import epcis_kit as ek
count = sum(1 for _ in ek.iter_events(sys.argv[1]))
status = open("/proc/self/status").read()
print(count, int(re.search("VmHWM:\\s+([0-9]+)", status)[1]) // 1024)
"""
BOUND = 150


def measure(data: Any) -> Iterator[dict[str, Any]]:
    for form in ("json", "xml20", "xml12"):
        path = data.path(data.events, form)
        command = [sys.executable, "-c", CODE, str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        count, peak = map(int, done.stdout.split())
        yield {
            "name": f"peak memory, streaming {count:,} events ({form})",
            "ours": f"{peak} MB",
            "peer": f"bound of {BOUND} MB",
            "ratio": peak / BOUND,
            "target": "< 1",
        }
