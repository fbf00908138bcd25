"""Which event a table tells, and how a mapping says it: the second half of a proposal.

Takes the roles that columns play; gives a :class:`Story`: a row of :data:`STORIES`, whose lines name only roles that
are there. Guarantees: the first story whose roles are there wins, and the last one fits every table; lines of a role
that is missing are left out.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.tabular.proposal_words import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["STORIES", "Story", "story_of"]

_GOODS: Final = ("gtin", "lot", "serial", "sscc", "quantity", "uom")
_PEOPLE: Final = ("machine", "operator", "field", "certificate", "description", "receipt", "tlcSource")
_DOCUMENTS: Final = {
    "po": "po", "desadv": "desadv", "inv": "inv", "work_order": "prodorder",
}  # fmt: skip
_DATES: Final = {
    "expiry": "cbvmda:itemExpirationDate", "production": "cbvmda:productionDate", "harvest": "cbvmda:harvestEndDate",
}  # fmt: skip

_RECEIVED: Final = (
    "received", "receiving", "receive", "goods in", "arrival", "arrived", "wareneingang", "eingang", "到货", "收货",
    "reception", "recepcion", "entrada",
)  # fmt: skip
_SOLD: Final = (
    "sold",
    "sale",
    "sales",
    "till",
    "receipt",
    "kasse",
    "kassenbon",
    "verkauf",
    "销售",
    "vente",
    "venta",
    "caisse",
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A kind of table.

    Attributes:
        name: For tests.
        sentence: What the comment at the head of the proposal says.
        needs: Roles of which each group must have one that is there.
        words: Some header must have one of these; none for any.
        type: Of the event.
        action: Of the event, ``None`` for a transformation.
        step: Business step.
        disposition: Afterwards.
        uses: Roles beyond goods, time and place that its event uses.
        group: Roles by which rows are gathered, those of them that are there.
        born: The goods come into being, so that dates of theirs stand in the ILMD.
    """

    name: str
    sentence: str
    needs: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()
    type: str = "ObjectEvent"
    action: str | None = "OBSERVE"
    step: str
    disposition: str = ""
    uses: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    born: bool = False

    def fits(self, roles: Mapping[str, Any], headers: Sequence[str]) -> bool:
        """Whether a table with these roles and headers tells this story."""
        said = [f" {folded(header)} " for header in headers]
        return all(any(role in roles for role in group) for group in self.needs) and (
            not self.words
            or any(
                f" {word} " in header or (not word.isascii() and word in header)
                for word in self.words
                for header in said
            )
        )

    def roles(self, roles: Mapping[str, Any]) -> list[str]:
        """The roles that its event uses, in the order of the mapping."""
        order = [
            "time", "clock", "scan", "epc", "direction", *_GOODS, "case_gtin", "case_serial", "site", "line",
            "ship_from", "ship_to", *_DOCUMENTS, *_DATES, "temperature", "humidity", "pressure", "device", *_PEOPLE,
        ]  # fmt: skip
        wanted = {"time", "clock", "site", "line", *_GOODS, *self.uses}
        if not self.born:
            wanted -= {*_DATES}
        return [role for role in order if role in wanted and role in roles and self._usable(role, roles)]

    def _usable(self, role: str, roles: Mapping[str, Any]) -> bool:
        if role in {"ship_from", "ship_to"}:
            return bool("gln" in roles[role].kinds)
        if role in {"line", "site"}:
            return bool(roles[role].is_("gln", "lot"))
        return True

    def needs_site(self, roles: Mapping[str, Any]) -> bool:
        """Whether the place of the event is in no column."""
        return self._place(roles) is None

    def _place(self, roles: Mapping[str, Any]) -> str | None:
        """The GLN of the place of the event among the roles."""
        order = {"shipping": ("site", "ship_from"), "receiving": ("site", "ship_to")}.get(self.step, ("site",))
        return next((role for role in order if role in roles and "gln" in roles[role].kinds), None)

    def needs_namespace(self, roles: Mapping[str, Any]) -> bool:
        """Whether something has no place among the standard's fields."""
        return any(role in roles for role in _PEOPLE if role in self.uses)

    # -- the lines

    def lines(self, roles: Mapping[str, Any], mark: Callable[[str, str], str]) -> list[str]:
        """The entry under ``events``."""
        here = {*self.roles(roles), "time"}
        place = self._place(roles) or "site"
        if self.name == "packing":
            return self._packing(place)
        lines = [f"  - type: {self.type}"]
        add = lines.append
        group = [role for role in self.group if role in here]
        if group:
            add(f"    group_by: [{', '.join(group)}]   # one event for the rows that agree in these")
            add("    mode: spill   # rows of a group may stand anywhere; 'sorted' where they stand together")
        if self.action is not None:
            add(f"    action: {self.action}")
        unsure = self.name == "observed"
        add(
            f"    bizStep: {self.step}"
            + (f"   {mark('check', 'what happens here? A word of the CBV')}" if unsure else "")
        )
        if self.disposition:
            add(f"    disposition: {self.disposition}")
        add('    eventTime: "max({time})"' if group else '    eventTime: "{time}"')
        add(f'    readPoint: "{self._read_point(here, place, roles)}"')
        if self.step not in {"shipping", "departing"}:
            add(f'    bizLocation: "{{{place}|sgln}}"')
        lines += self._goods(here, roles, mark)
        lines += self._context(here, place, roles)
        return lines

    def before(self, roles: Mapping[str, Any], mark: Callable[[str, str], str]) -> list[str]:
        """What stands before the events: levels of packing, and what makes a reading a repeated one."""
        if self.name == "packing":
            dates = [f'"{name}": "{{{role}}}"' for role, name in _DATES.items() if role in roles]
            lot = ['"cbvmda:lotNumber": "{lot}"'] if "lot" in roles else []
            ilmd = f", ilmd: {{{', '.join([*lot, *dates])}}}" if lot or dates else ""
            case = "{case_gtin}" if "case_gtin" in roles else "{gtin}"
            cases = [f'  - {{id: "sgtin({case},{{case_serial}})"{ilmd}}}'] if "case_serial" in roles else []
            return ["levels:   # from the smallest up", f'  - {{id: "sgtin({{gtin}},{{serial}})"{ilmd}}}', *cases,
                    '  - {id: "sscc({sscc})"}', ""]  # fmt: skip
        if self.name == "rfid":
            by = [role for role in ("epc", "line", "site") if role in roles]
            why = mark("check", "a tag answers many times; one passage within this time")
            return [f"dedupe: {{by: [{', '.join(by)}], time: time, within: 5 s}}   {why}", ""]
        return []

    def extra_fields(self) -> list[tuple[str, str]]:
        """Fields that are made of others, with a reason each."""
        if self.name != "scan":
            return []
        return [
            ("code_gtin: {first_of: [scan.gtin, scan.content], type: gtin}", "# AI 01, or 02 for what a pallet holds"),
            ("code_lot: {first_of: [scan.lot], type: lot}", "# AI 10"),
            ("code_count: {first_of: [scan.count], type: decimal, default: 1}", "# AI 37; one where it does not stand"),
            ("code_sscc: {first_of: [scan.sscc], type: sscc}", "# AI 00"),
        ]

    def _packing(self, place: str) -> list[str]:
        """Units come into being and are packed, bottom up."""
        return [
            f'  - {{use: levels.commission, time: "min({{time}})", location: "{{{place}|sgln}}"}}',
            f'  - {{use: levels.aggregate, time: "max({{time}})", location: "{{{place}|sgln}}"}}',
        ]

    def _read_point(self, here: set[str], place: str, roles: Mapping[str, Any]) -> str:
        part = next((role for role in ("line", "site") if role in here and role != place), None)
        if part is not None and "gln" in roles[part].kinds:
            return f"{{{part}|sgln}}"
        return f"{{{place}|sgln}}" if part is None else f"sgln({{{place}}},{{{part}}})"

    def _goods(self, here: set[str], roles: Mapping[str, Any], mark: Callable[[str, str], str]) -> list[str]:
        if "scan" in here:
            return [
                '    epcList: ["{code_sscc}"]',
                '    quantityList: [{class: "{code_gtin}.{code_lot}", quantity: "{code_count}"}]',
            ]
        key = self._class(here, roles)
        if self.type == "TransformationEvent":
            lines = []
            for name, side in (("inputQuantityList", "I"), ("outputQuantityList", "O")):
                lines += self._quantity(here, key, roles, mark, (name, f'when: "{{direction}} == {side}", '))
            return ['    transformationID: "uuid5({work_order})"', *lines] if "work_order" in here else lines
        if "epc" in here:
            return ['    epcList: ["{epc}"]']
        if "serial" in here and "gtin" in here:
            return ['    epcList: ["{gtin}.{serial}"]']
        if "gtin" in here and "sscc" in here and "lot" not in here and "quantity" not in here:
            return ['    epcList: ["{sscc}"]']
        lines = self._quantity(here, key, roles, mark, ("quantityList", "")) if "gtin" in here else []
        if "sscc" in here:
            lines.insert(0, '    epcList: ["{sscc}"]')
        return lines

    def _class(self, here: set[str], roles: Mapping[str, Any]) -> str:
        if "gtin" in here and "gtin" not in roles["gtin"].kinds:  # numbers of the company's own
            return "https://id.example/item/{gtin}" + ("/lot/{lot}" if "lot" in here else "")
        return "{gtin}.{lot}" if "lot" in here else "{gtin}"

    def _quantity(
        self,
        here: set[str],
        key: str,
        roles: Mapping[str, Any],
        mark: Callable[[str, str], str],
        where: tuple[str, str],
    ) -> list[str]:
        name, when = where
        if "quantity" not in here:
            return [f'    {name}: [{{{when}class: "{key}"}}]']
        look = roles["quantity"]
        note = ""
        if look.is_("measure") and not look.is_("integer", "decimal"):
            amount = 'quantity: "{quantity.value}", uom: "{quantity.uom}"'
        elif "uom" in here:
            amount = 'quantity: "{quantity}", uom: "{uom}"'
        elif "decimal" in look.kinds or {"kg", "公斤", "gewicht", "weight", "poids", "peso"} & set(
            folded(look.name).split()
        ):
            amount = 'quantity: "{quantity}", uom: KGM'
            note = "" if "kg" in folded(look.name).split() else f"   {mark('check', 'kilograms?')}"
        else:
            amount = 'quantity: "{quantity}"'
        return [f'    {name}: [{{{when}class: "{key}", {amount}}}]{note}']

    def _context(self, here: set[str], place: str, roles: Mapping[str, Any]) -> list[str]:
        """Documents, parties, dates, readings, and what has no field of the standard's."""
        lines = []
        documents = [
            f'{{type: {kind}, id: "{{{self._issuer(role, here, place)}}}:{{{role}}}"}}'
            for role, kind in _DOCUMENTS.items()
            if role in here
        ]
        if documents:
            lines += ["    bizTransactionList:", *(f"      - {document}" for document in documents)]
        for name, role in (("sourceList", "ship_from"), ("destinationList", "ship_to")):
            if role in here:
                lines.append(f'    {name}: [{{type: possessing_party, id: "{{{role}|pgln}}"}}]')
        if self.born:
            dates = [f'"{name}": "{{{role}}}"' for role, name in _DATES.items() if role in here]
            lot = ['"cbvmda:lotNumber": "{lot}"'] if "lot" in here and "serial" in here else []
            if dates or lot:
                lines.append(f"    ilmd: {{{', '.join([*lot, *dates])}}}")
        lines += self._readings(here)
        link = "https://id.gs1.org/414/" if "tlcSource" in here and "gln" in roles["tlcSource"].kinds else ""
        people = [
            f'"own:{role}": "{link if role == "tlcSource" else ""}{{{role}}}"' for role in _PEOPLE if role in here
        ]
        if people:
            lines.append(f"    extensions: {{{', '.join(people)}}}")
        return lines

    def _issuer(self, role: str, here: set[str], place: str) -> str:
        """Whose number it is: an order is the buyer's, a delivery note and an invoice are the seller's."""
        buyer, seller = ("ship_to", "ship_from")
        wanted = {"po": buyer, "desadv": seller, "inv": seller}.get(role)
        return wanted if wanted in here else place

    def _readings(self, here: set[str]) -> list[str]:
        found = [
            f'{{type: {kind}, value: "{{{role}}}", uom: {unit}}}'
            for role, kind, unit in (
                ("temperature", "Temperature", "CEL"),
                ("humidity", "RelativeHumidity", "P1"),
                ("pressure", "Pressure", "BAR"),
            )
            if role in here
        ]
        if not found:
            return []
        device = ', deviceID: "https://ns.example/device/{device}"' if "device" in here else ""
        return [f'    sensorElementList: [{{time: "{{time}}"{device}, report: [{", ".join(found)}]}}]']


_PROCESS: Final = ("temperature", "pressure", "humidity", "machine", "operator")

STORIES: Final = (
    Story(
        name="transformation", sentence="a work order with inputs and outputs, one event an order",
        needs=(("direction",), ("work_order", "lot")), type="TransformationEvent", action=None, step="commissioning",
        disposition="active", uses=("direction", "work_order", *_DATES, *_PROCESS), group=("work_order",), born=True,
    ),
    Story(
        name="scan", sentence="bar codes that were scanned, one event a scan", needs=(("scan",),), step="receiving",
        disposition="in_progress", uses=("scan", "po", "desadv", "ship_from", "operator"),
    ),
    Story(
        name="rfid", sentence="tags that a reader saw, one event a reading", needs=(("epc",),), step="inspecting",
        uses=("epc", "operator"),
    ),
    Story(
        name="sensor", sentence="a log of sensor readings, one event a reading",
        needs=(("temperature", "humidity"), ("device", "sscc", "line", "time")), words=(), step="sensor_reporting",
        uses=("temperature", "humidity", "pressure", "device"),
    ),
    Story(
        name="packing", sentence="serial numbers and the containers they were packed into",
        needs=(("serial",), ("gtin",), ("sscc",)), type="AggregationEvent", action="ADD", step="packing",
        disposition="in_progress", uses=("serial", "sscc", "case_gtin", "case_serial", *_DATES), born=True,
    ),
    Story(
        name="selling", sentence="sales of a shop, one event a line", needs=(("receipt", "gtin"),), words=_SOLD,
        step="retail_selling", disposition="retail_sold", uses=("receipt",), group=("site", "receipt", "time"),
    ),
    Story(
        name="receiving", sentence="goods that came in, one event a line",
        needs=(("ship_from", "po", "desadv"), ("gtin", "sscc")), words=_RECEIVED, step="receiving",
        disposition="in_progress", uses=("po", "desadv", "inv", "ship_from", "ship_to", *_PEOPLE),
    ),
    Story(
        name="shipping", sentence="goods that went out, one event a line",
        needs=(("ship_to",), ("gtin", "sscc")), step="shipping", disposition="in_transit",
        uses=("po", "desadv", "inv", "ship_from", "ship_to", *_PEOPLE),
    ),
    Story(
        name="supply", sentence="goods that came in, one event a line",
        needs=(("ship_from", "po"), ("gtin", "sscc")), step="receiving", disposition="in_progress",
        uses=("po", "desadv", "inv", "ship_from", "ship_to", *_PEOPLE),
    ),
    Story(
        name="birth", sentence="lots that came into being, one event a line",
        needs=(("gtin",), ("production", "harvest", "work_order")), action="ADD", step="creating_class_instance",
        disposition="active", uses=("work_order", *_DATES, *_PROCESS, *_PEOPLE), born=True,
    ),
    Story(
        name="items", sentence="items that got a serial number, one event a line", needs=(("gtin",), ("serial",)),
        action="ADD", step="commissioning", disposition="active", uses=("serial", "work_order", *_DATES, *_PEOPLE),
        born=True,
    ),
    Story(
        name="observed", sentence="goods that were seen, one event a line", needs=(), step="inspecting",
        uses=("po", "desadv", "inv", "ship_from", "ship_to", *_PEOPLE),
    ),
)  # fmt: skip
"""The kinds of tables, the more telling ones first."""


def story_of(roles: Mapping[str, Any], headers: Sequence[str]) -> Story:
    """The story that a table tells."""
    return next(story for story in STORIES if story.fits(roles, headers))
