"""May this signer speak for the places in these events? A question of its own, beside the signature.

Takes events whose signature is right and the trust entry of the signer; adds one check. It is asked only where the
trust file states GLNs or company prefixes: then every read point and business location of the events that is a GS1
place must be one of those GLNs or lie under one of those prefixes. A place of a stranger makes the verification
``INDETERMINATE`` (``party_not_authorised``): the signature is right, and the trust file does not say that this is
the signer's to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.errors import EpcisKitError, IdentifierError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.model import Event
    from epcis_kit.signing.trust import TrustEntry
    from epcis_kit.signing.verdicts import Verdict

__all__ = ["check_authority", "check_authority_in"]


def check_authority_in(verdict: Verdict, entry: TrustEntry | None, epcis: bytes | None) -> None:
    """The check for EPCIS bytes that were signed; what is no EPCIS has no places."""
    if entry is None or epcis is None or not (entry.glns or entry.company_prefixes):
        return
    from epcis_kit.codec import iter_events  # noqa: PLC0415 - loaded when a document is read

    try:
        check_authority(verdict, entry, iter_events(epcis))
    except EpcisKitError as error:
        detail = f"The places in what was signed cannot be read: {error}"
        verdict.add("undecided", "authority", "party_not_authorised", detail)


def check_authority(verdict: Verdict, entry: TrustEntry | None, events: Iterable[Event]) -> None:
    """The check for events that were signed."""
    if entry is None or not (entry.glns or entry.company_prefixes):
        return
    places = {place.id for event in events for place in (event.read_point, event.biz_location) if place is not None}
    foreign = sorted(place for place in places if not _may(entry, place))
    if foreign:
        detail = f"{entry.name} may not speak for {shorten(foreign[0])}"
        more = f" and {len(foreign) - 1} more places" if len(foreign) > 1 else ""
        verdict.add("undecided", "authority", "party_not_authorised", f"{detail}{more}.")
    else:
        verdict.passed("authority", entry.name)


def _may(entry: TrustEntry, place: str) -> bool:
    from epcis_kit.gs1 import parse_key  # noqa: PLC0415 - loads the identifier tables

    try:
        key = parse_key(place)
    except IdentifierError:
        return not place.startswith(("urn:epc:", "https://id.gs1.org/"))  # geo: and the like belong to nobody
    gln = next((value for ai, value in key.elements if ai == "414"), None)
    if gln is None:
        return False
    return gln in entry.glns or any(gln.startswith(prefix) for prefix in entry.company_prefixes)
