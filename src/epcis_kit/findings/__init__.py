"""One problem, where it is, and a list of them: ``Finding``, ``Location``, ``Report``.

Takes plain values only, so that every layer above can make findings. Guarantees: findings are frozen and hashable, a
report keeps the order in which findings were added, and ``Report.raise_for_errors`` is the only bridge from findings to
exceptions. A finding carries its parameters beside its sentence, so that it can be rendered again in another language.
The forms of a report (text, JSON, SARIF, JUnit, HTML, tables) are pure functions in modules of their own, loaded when
they are asked for.
"""

from __future__ import annotations

from epcis_kit.findings.report import Report
from epcis_kit.findings.snippets import source_snippet
from epcis_kit.findings.values import Finding, Layer, Location, Severity

__all__ = ["Finding", "Layer", "Location", "Report", "Severity", "source_snippet"]
