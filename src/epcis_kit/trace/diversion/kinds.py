"""The kinds of anomalies, as one table.

Takes nothing; gives :data:`KINDS`. Guarantees: a row says what a kind means and how serious it is; names are stable,
because partners write them into their procedures; what may only be missing data is ``"info"``, so that nobody is
accused by a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Kind"]


class Kind(NamedTuple):
    """One kind of anomaly.

    Attributes:
        name: Its name.
        severity: ``"error"`` where the events contradict each other, ``"warning"`` where something is to be looked at,
            ``"info"`` where data may only be missing.
        statement: What it means, as a sentence.
    """

    name: str
    severity: Literal["error", "warning", "info"]
    statement: str


_ROWS: Final = (
    Kind("never_commissioned", "warning", "Nobody says that it was made, although others of its kind were."),
    Kind("used_before_commissioning", "error", "It was seen before it was made."),
    Kind("commissioned_twice", "error", "Two events say that it was made."),
    Kind("after_end", "error", "It was seen after it was decommissioned or destroyed."),
    Kind("after_sale", "warning", "It was shipped, received or sold again after it was sold to a consumer."),
    Kind("impossible_travel", "error", "It was in two places sooner than anything travels from one to the other."),
    Kind("market_mismatch", "warning", "It was seen in a country that it was not made for."),
    Kind("received_elsewhere", "error", "It was shipped to one place or party and received by another."),
    Kind("never_received", "info", "It was shipped, and nobody says that it arrived."),
    Kind("received_unshipped", "info", "It was received, and nobody says that it was shipped."),
    Kind("seen_outside_container", "warning", "It was handled alone while it was still packed."),
    Kind("packed_twice", "warning", "It was packed into a second container without being taken out of the first."),
    Kind("unpacked_unknown", "warning", "It was taken out of a container that nobody says it was in."),
    Kind("repeated_scans", "warning", "Its code was scanned more often, or in more places, than one item is."),
)  # fmt: skip

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ROWS}
"""Every kind by name."""
