"""Rules for digital product passports (EU regulation 2024/1781 and the acts below it).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: nothing is looked up; whether a link leads
anywhere is not asked, only whether it is a GS1 Digital Link of the granularity that the act asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_LEVELS: Final = {"instance": "item", "lot": "batch", "class": "model"}
_FINER: Final = {"model": ("item", "batch", "model"), "batch": ("item", "batch"), "item": ("item",)}
_PRODUCTS: Final = ("https://id.gs1.org/01/", "https://id.gs1.org/8006/", "https://id.gs1.org/8003/")


@rule("DPP-001")
def passport_can_be_found(look: Look) -> Iterator[Problem]:
    if look.moment != "event":
        return
    wanted = str(look.parameters["granularity"])
    for mention in (*look.mentions.objects, *look.mentions.classes):
        key = mention.key
        if key.class_key is None or not key.class_key.startswith(_PRODUCTS) or key.key in look.memory:
            continue
        look.memory[key.key] = True
        if not mention.text.startswith(("https://", "http://")):
            yield problem("link", mention.path, value=mention.text, expected=key.key)
        elif _LEVELS[key.level] not in _FINER.get(wanted, ("item", "batch", "model")):
            yield problem("granularity", mention.path, value=mention.text, got=_LEVELS[key.level], expected=wanted)
