"""Notices of a recall: for the regulator, for one trade partner, for the public; in English and Chinese.

Takes a dossier; gives Markdown text. Guarantees: a partner's notice names only what was sent to that partner or is
there, and nobody else; a public notice names products and lots, no parties and no serial numbers; what is not known is
said. The texts are templates (``recall_notices.toml`` of the schemas); values are put in as they are.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from epcis_kit._resources import read_text
from epcis_kit.errors import QueryError, shorten
from epcis_kit.gs1.canonical import trace_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from epcis_kit.trace.recall.desk import Consignee, Dossier

__all__ = ["notice"]

Audience = Literal["regulator", "partner", "public"]

_SHOWN: Final = 200
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


@functools.cache
def _texts() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - read at the first notice

    return tomllib.loads(read_text("schemas/recall_notices.toml"))


def notice(
    dossier: Dossier, audience: Audience, *, partner: str | None = None, language: Literal["en", "zh"] = "en"
) -> str:
    """The notice for somebody.

    Args:
        dossier: What is affected.
        audience: ``"regulator"``, ``"partner"`` or ``"public"``.
        partner: Key of the consignee, for ``"partner"``.
        language: ``"en"`` or ``"zh"``.

    Raises:
        QueryError: There is no such audience, language or consignee.
    """
    texts = _texts()
    if audience not in texts["en"] or language not in texts:
        raise QueryError(f"Cannot write a notice for {shorten(audience)} in {shorten(language)}.")
    words = texts[language]["words"]
    values = _common(dossier, words)
    if audience == "partner":
        found = next((one for one in dossier.consignees if one.key == partner), None)
        if found is None:
            raise QueryError(f"Cannot write a notice for {shorten(partner)}: expected a consignee of this recall.")
        values |= _of_partner(dossier, found, words)
    return _PLACE.sub(lambda match: values.get(match[1], ""), texts[language][audience]).strip() + "\n"


def _common(dossier: Dossier, words: Mapping[str, str]) -> dict[str, str]:
    lots = sorted({one.key for one in dossier.affected if one.level == "lot"})
    objects = [one for one in dossier.affected if one.level == "object"]
    products = {one.product: one.product_name for one in dossier.affected if one.product is not None}
    states = [_counted(level, found, words) for level, found in dossier.counts().items()]
    return {
        "reason": dossier.reason or words["no_reason"],
        "cut_off": str(dossier.at or dossier.cut_off or words["unknown"]),
        "products": _bullets((_product(key, products[key]) for key in sorted(products)), words),
        "lots": _bullets((_readable(key) for key in lots), words),
        "objects": str(len(objects)),
        "states": "\n".join(states) or f"- {words['none']}",
        "consignees": _bullets((_consignee(one) for one in dossier.consignees), words),
        "gaps": _bullets(dossier.gaps, words),
        "completeness": f"{dossier.completeness:.0%}",
        "starts": _bullets((f"{_readable(one.key)} ({one.why})" for one in dossier.scope.starts), words),
        "avoided": str(dossier.over_recall.avoided),
    }


def _counted(level: str, found: Mapping[str, int], words: Mapping[str, str]) -> str:
    parts = [f"{number} {words['state_' + state.replace(' ', '_')]}" for state, number in found.items()]
    return f"- {words['level_' + level]}: {', '.join(parts)}"


def _of_partner(dossier: Dossier, partner: Consignee, words: Mapping[str, str]) -> dict[str, str]:
    mine = set(partner.lots)
    shipments = [
        f"{one.time.as_utc()[:10]}: {', '.join(_readable(key) for key in one.things[:20])}"
        + (f" ({', '.join(f'{kind} {number}'.strip() for kind, number in one.documents)})" if one.documents else "")
        for one in partner.shipments
    ]
    products = {one.product: one.product_name for one in dossier.affected if one.product is not None}
    named = {trace_key(key).class_key or key for key in (*mine, *partner.holds)}
    return {
        "partner": partner.name or _readable(partner.key),
        "partner_key": _readable(partner.key),
        "products": _bullets((_product(key, products.get(key)) for key in sorted(named)), words),
        "lots": _bullets((_readable(key) for key in sorted(mine)), words),
        "objects": str(sum(trace_key(key).level == "instance" for key in partner.holds)),
        "held": _bullets((_readable(key) for key in partner.holds), words),
        "shipments": _bullets(shipments, words),
    }


def _bullets(lines: Iterable[str], words: Mapping[str, str]) -> str:
    found = list(lines)
    shown = [f"- {line}" for line in found[:_SHOWN]]
    if len(found) > _SHOWN:
        shown.append(f"- … {words['and_more'].replace('N', str(len(found) - _SHOWN))}")
    return "\n".join(shown) or f"- {words['none']}"


def _product(key: str, name: str | None) -> str:
    return f"{name} ({_readable(key)})" if name else _readable(key)


def _consignee(one: Consignee) -> str:
    reach = ", ".join([*one.address.values(), *one.contact.values()])
    return f"{one.name or _readable(one.key)} ({_readable(one.key)})" + (f": {reach}" if reach else "")


def _readable(key: str) -> str:
    """A key as people read it from a label."""
    from epcis_kit.errors import IdentifierError  # noqa: PLC0415
    from epcis_kit.gs1.keys import parse_key  # noqa: PLC0415 - the tables of element strings

    try:
        return parse_key(key).as_bracketed()
    except IdentifierError:
        return key
