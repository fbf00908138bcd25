"""The page about mappings names all that may stand in one, and its examples are mappings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from epcis_kit.tabular import lint_mapping
from epcis_kit.tabular.events import CONTROLS
from epcis_kit.tabular.fields import FIELD_KEYS, FIELD_TYPES
from epcis_kit.tabular.headers import HeaderWish
from epcis_kit.tabular.mapping import DEFAULTS, SOURCE, TOP
from epcis_kit.tabular.steps import STEPS
from epcis_kit.tabular.templates import AGGREGATES, KEY_CALLS

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = [
    "gtin",
    "sscc",
    "lot",
    "serial",
    "gln",
    "qty",
    "day",
    "ts",
    "pallet",
    "buyer",
    "order",
    "from",
    "dir",
    "temp",
    "logger",
    "field",
    "shift",
    "a",
    "b",
]


def page(repository: Path) -> str:
    return (repository / "docs" / "reference" / "tabular.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "names",
    [TOP, SOURCE, DEFAULTS, FIELD_KEYS, FIELD_TYPES, CONTROLS, STEPS, AGGREGATES, tuple(KEY_CALLS), HeaderWish._fields],
    ids=lambda names: names[0],
)
def test_every_name_is_on_the_page(repository: Path, names: tuple[str, ...]) -> None:
    text = page(repository)
    assert [name for name in names if not re.search(rf"[`{{({{ ]{re.escape(name)}\b", text)] == []


def test_the_examples_are_mappings(repository: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", page(repository), re.DOTALL)
    assert len(blocks) == 6
    types = {"gtin": "gtin", "sscc": "sscc", "pallet": "sscc", "lot": "lot", "serial": "serial", "gln": "gln"}
    for number, block in enumerate(blocks):
        text = block
        if not text.startswith("epcis_map"):
            text = "epcis_map: 1\nnamespaces: {ex: 'https://ex.example/'}\nconst: {gln: '1', line: '9521234000006'}\n"
            text += "fields:\n" + "".join(
                f"  {name}: {{col: {name}, type: {types.get(name, 'gln' if name in {'buyer', 'from'} else 'text')}}}\n"
                for name in FIELDS
            )
            if block.startswith("quantityList"):
                text += 'events:\n- type: ObjectEvent\n  action: ADD\n  eventTime: "{ts}"\n'
                text += "".join(f"  {line}\n" for line in block.splitlines())
            elif "\nevents:" in block:
                text += block
            else:
                text += block + 'events: [{type: ObjectEvent, action: ADD, eventTime: "{ts}"}]\n'
            if "partner" in block:
                text += "lookups: {partner: {table: {a: b}}}\n"
        for name in ("items.csv", "places.csv"):
            (tmp_path / name).write_text("gtin,gln,Name,Town\n", encoding="utf-8")
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        assert [str(finding) for finding in lint_mapping(path) if finding.severity == "error"] == []
