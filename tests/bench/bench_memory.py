"""Memory of streaming: the peak of a fresh process that reads every event and keeps none, or converts a file."""

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
CONVERT = """
import re, sys
import epcis_kit as ek
count = ek.convert(sys.argv[1], sys.argv[1] + ".made", format=sys.argv[2]).events
status = open("/proc/self/status").read()
print(count, int(re.search("VmHWM:\\s+([0-9]+)", status)[1]) // 1024)
"""
BOUND = 150
CONVERT_BOUND = 300


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
    for form, made in (("json", "xml"), ("xml20", "json"), ("xml12", "xml")):
        path = data.path(data.events, form)
        command = [sys.executable, "-c", CONVERT, str(path), made]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        path.with_name(path.name + ".made").unlink()
        count, peak = map(int, done.stdout.split())
        yield {
            "name": f"peak memory, converting {count:,} events ({form} to {made} 2.0)",
            "ours": f"{peak} MB",
            "peer": f"bound of {CONVERT_BOUND} MB",
            "ratio": peak / CONVERT_BOUND,
            "target": "< 1",
        }
