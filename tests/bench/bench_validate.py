"""How fast documents are checked, as ratios to validators of schemas in the same run, and how much memory it takes.

:func:`measure` gives rows for ``run.py``. The peer on JSON is pure ``jsonschema`` with the published schema and its
formats asserted, over parsed documents (its parsing is not counted); on XML it is lxml's parse of the bytes and the
published XSD. Ours read the bytes themselves, every time. ``jsonschema`` needs milliseconds an event and is given a
part of the events. The rows say how many times faster ours is on JSON, and how many times longer it takes on XML.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import epcis_kit as ek

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVENTS = 10_000
SLOW_EVENTS = 100
ROUNDS = 5
BOUND = 300
STANDARDS = Path(os.environ.get("EPCIS_KIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))
JSON_SCHEMA = STANDARDS / "conformance/standards/json-schema/ratified-2.0.1/epcis-json-schema.json"
XSD = STANDARDS / "conformance/standards/xsd-2.0/EPCglobal-epcis-2_0.xsd"
MEMORY = """
import re, sys
import epcis_kit as ek
report = ek.check(sys.argv[1], schema_only=len(sys.argv) > 2)
status = open("/proc/self/status").read()
print(report.events, int(re.search("VmHWM:\\\\s+([0-9]+)", status)[1]) // 1024)
"""


def _row(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    target: str,
    *,
    events: tuple[int, int] = (EVENTS, EVENTS),
    against: str,
    faster: bool = False,
) -> dict[str, Any]:
    """Microseconds of processor time an event of both in turns, and the median of the ratios."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        ours()
        middle = time.process_time()
        peer()
        times.append(((middle - start) / events[0] * 1e6, (time.process_time() - middle) / events[1] * 1e6))
    ratio = statistics.median(theirs / mine if faster else mine / theirs for mine, theirs in times)
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    return {
        "name": name,
        "ours": f"{mine:.1f}",
        "peer": f"{theirs:.1f}",
        "ratio": ratio,
        "target": target,
        "against": against,
    }


def _jsonschema(path: Path) -> Callable[[], object]:
    """Pure ``jsonschema`` over the first events of a document."""
    import jsonschema

    document = json.loads(path.read_bytes())
    document["epcisBody"]["eventList"] = document["epcisBody"]["eventList"][:SLOW_EVENTS]
    schema = json.loads(JSON_SCHEMA.read_bytes())
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    assert validator.is_valid(document)
    return lambda: validator.is_valid(document)


def _lxml(data: bytes) -> Callable[[], object]:
    """Parse and XSD validation of the bytes."""
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(XSD)))
    assert schema.validate(etree.fromstring(data))
    return lambda: schema.validate(etree.fromstring(data))


def measure(data: Any) -> Iterator[dict[str, Any]]:
    """Every measure of this page."""
    path = data.path(EVENTS, "json")
    text = path.read_bytes()
    assert ek.check(text, schema_only=True).valid
    slow, against = _jsonschema(path), "pure jsonschema with the published schema, formats asserted"
    for name, check, target in (
        ("verdict of the schema layer on JSON, reading included", _shape, ">= 60 times faster"),
        ("core profile on JSON, reading included", _core, ">= 12 times faster"),
    ):
        yield _row(
            name,
            lambda check=check: check(text),  # type: ignore[misc]
            slow,
            target,
            events=(EVENTS, SLOW_EVENTS),
            against=against,
            faster=True,
        )
    xml = data.path(EVENTS, "xml20").read_bytes()
    fast, against = _lxml(xml), "lxml parse and XSD validation"
    yield _row("verdict of the schema layer on XML 2.0", lambda: _shape(xml), fast, "<= 3", against=against)
    yield _row("core profile on XML 2.0, reading included", lambda: _core(xml), fast, "<= 12", against=against)
    for form in ("json", "xml20"):
        for name, more in (("core profile", []), ("schema layer", ["only"])):
            yield _memory(data.path(data.events, form), f"{name}, {form}", more)


def _shape(text: bytes) -> None:
    ek.check(text, schema_only=True)


def _core(text: bytes) -> None:
    ek.check(text)


def _memory(path: Path, name: str, more: list[str]) -> dict[str, Any]:
    """The peak of a fresh process that checks a file."""
    command = [sys.executable, "-c", MEMORY, str(path), *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    count, peak = map(int, done.stdout.split())
    return {
        "name": f"peak memory, checking {count:,} events ({name})",
        "ours": f"{peak} MB",
        "peer": f"bound of {BOUND} MB",
        "ratio": peak / BOUND,
        "target": "< 1",
    }
