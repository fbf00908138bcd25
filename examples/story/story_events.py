"""The events of the story, company by company, in neutral form.

``tell_story`` gives a :class:`Story` with what each company reports. What happens, in the order of time: the farm
harvests and ships; the plant blends raw lots (one blend is reported in two events), fills bottles, packs cases and
pallets and puts one wrong packing event right; the distributor drives two cold trips, one of them too warm, breaks
pallets and builds mixed ones, and uses one crate twice; the stores unpack, fill their shelves and sell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from story_plan import (
    BACK,
    CAFE_SITE,
    CASES_PER_PALLET,
    CASES_PER_RUN,
    COLD,
    CRATE,
    DEPOT_SITE,
    DOCK,
    FARM,
    FINISHED,
    GATE,
    GOODS_IN,
    HARVEST,
    LINES,
    LOGGER,
    MIXED,
    MIXING,
    NAMES,
    PACKHOUSE,
    PARTY,
    PICKING,
    PLANT,
    PLANT_SITE,
    ROAD,
    RUNS,
    SHELF,
    SHOP,
    SPLIT_RUN,
    STORE,
    STORES,
    TILL,
    TRAILER,
    WITHOUT_ID,
    at,
    base,
    bottles,
    case,
    finished,
    fruit,
    in_case,
    local,
    pallet,
    paper,
    sscc,
)
from story_world import Event, Key, Place, event_id, utc

__all__ = ["Story", "tell_story"]


class Story:
    """Collects the events each company reports."""

    def __init__(self) -> None:
        self.events: dict[str, list[Event]] = {gcp: [] for gcp in (FARM, PLANT, ROAD, SHOP)}
        self.copies: list[Event] = []  # what the distributor sends on from the plant
        self._numbers: Counter[str] = Counter()

    def add(self, company: str, kind: str, when: datetime, **fields: Any) -> Event:
        """One event; it gets an eventID unless ``id=""`` is asked for."""
        self._numbers[company] += 1
        fields.setdefault("id", event_id(NAMES[company], str(self._numbers[company])))
        event = Event(kind=kind, company=company, when=when, **fields)
        self.events[company].append(event)
        return event

    def pack(self, company: str, when: datetime, parent: Key, children: list[Key], place: Place, **more: Any) -> Event:
        """Children go into a parent."""
        return self.add(
            company,
            "Aggregation",
            when,
            action="ADD",
            parent=parent,
            epcs=tuple(children),
            step="packing",
            disposition="in_progress",
            read_point=place.key,
            location=place.key,
            **more,
        )

    def unpack(self, company: str, when: datetime, parent: Key, children: list[Key], place: Place) -> Event:
        """Children leave a parent; an empty list means all of them."""
        return self.add(
            company,
            "Aggregation",
            when,
            action="DELETE",
            parent=parent,
            epcs=tuple(children),
            step="unpacking",
            disposition="in_progress",
            read_point=place.key,
            location=place.key,
        )

    def see(self, when: datetime, things: list[Key], why: tuple[str, str], place: Place, **more: Any) -> Event:
        """The owner of a place observes things there; ``why`` is bizStep and disposition.

        They stay at the place unless ``location=None`` is given.
        """
        more.setdefault("location", place.key)
        return self.add(
            place.party.gcp,
            "Object",
            when,
            action="OBSERVE",
            epcs=tuple(things),
            step=why[0],
            disposition=why[1],
            read_point=place.key,
            **more,
        )

    def ship(self, when: datetime, things: list[Key], way: tuple[Place, Place], note: str, order: str) -> Event:
        """Things leave one place for another: no business location until they arrive.

        ``way`` is the gate and the target. The farm and the plant's second delivery note carry no eventID, as in most
        files in the wild.
        """
        gate, target = way
        company = gate.party.gcp
        return self.see(
            when,
            things,
            ("shipping", "in_transit"),
            gate,
            location=None,
            source=gate.party,
            destination=target.party,
            ship_to=target.key,
            transactions=(("desadv", paper(company, note)), ("po", paper(target.party.gcp, order))),
            **({"id": ""} if company == FARM or note in WITHOUT_ID else {}),
        )

    def receive(self, when: datetime, things: list[Key], sender: str, place: Place, note: str) -> Event:
        """Things arrive."""
        return self.see(
            when,
            things,
            ("receiving", "in_progress"),
            place,
            source=PARTY[sender],
            destination=place.party,
            transactions=(("desadv", paper(sender, note)),),
        )


def tell_farm(story: Story) -> None:
    """Three events for every row of the farm's sheet: harvested, put on a pallet, shipped."""
    for lot, kilograms, harvested, field, number, shipped, buyer, order, note in HARVEST:
        goods, unit = ((fruit(lot), kilograms, "KGM"),), sscc(FARM, number)
        where = {"read_point": PACKHOUSE.key, "location": PACKHOUSE.key}
        story.add(
            FARM, "Object", local(harvested), action="ADD", step="creating_class_instance", disposition="active",
            quantities=goods, ilmd={"cbvmda:lotNumber": lot, "farm:field": field}, id="", **where,
        )  # fmt: skip
        story.add(
            FARM, "Aggregation", local(harvested) + timedelta(hours=4), action="ADD", step="packing",
            disposition="in_progress", parent=unit, quantities=goods, id="", **where,
        )  # fmt: skip
        target = PLANT_SITE if buyer == PLANT else CAFE_SITE
        story.ship(local(shipped), [unit], (PACKHOUSE, target), note, order)


def tell_plant(story: Story) -> None:
    """Receiving, blending, filling, packing and shipping; one packing event is wrong and put right the next day."""
    to_plant = [row for row in HARVEST if row[6] == PLANT]
    for n, (lot, kilograms, _, _, number, shipped, _, _, note) in enumerate(to_plant):
        arrived = local(shipped) + timedelta(hours=2, minutes=3 * n)
        story.receive(arrived, [sscc(FARM, number)], FARM, GOODS_IN, note)
        morning = arrived.replace(hour=6, minute=30 + 2 * n) + timedelta(days=1)
        if arrived.day == 5:
            morning = arrived + timedelta(hours=2)
        story.unpack(PLANT, morning, sscc(FARM, number), [], GOODS_IN)
        story.add(
            PLANT, "Object", morning + timedelta(minutes=20), action="OBSERVE", step="inspecting",
            disposition="conformant", quantities=((fruit(lot), kilograms, "KGM"),), read_point=GOODS_IN.key,
            location=GOODS_IN.key, transactions=(("testres", paper(PLANT, f"QA-{lot}")),),
        )  # fmt: skip
    for n, run in enumerate(RUNS):
        tell_run(story, n, run)
    for delivery, day, numbers in ((1, 9, (1, 3, 5, 7)), (2, 12, (2, 6, 9, 11))):
        shipped_event = story.ship(
            at(day, 6), [pallet(k) for k in numbers], (GATE, DEPOT_SITE), f"DN-88{delivery}", f"PO-55{delivery}"
        )
        story.copies.append(shipped_event)


def tell_run(story: Story, n: int, run: tuple[int, int, str, dict[str, str], int, str, str, str]) -> None:
    """One production run: blend raw lots into a bulk lot, fill bottles, pack cases and two pallets."""
    day, hour, bulk, recipe, line, lot, operator, machine = run
    work = {"bk:production": {"bk:line": f"LINE{line}", "bk:machine": machine, "bk:operator": operator}}
    order = (("prodorder", paper(PLANT, f"WO-{bulk}")),)
    inputs = tuple((fruit(raw), kilograms, "KGM") for raw, kilograms in recipe.items())
    tank = ((base(bulk), "50", "LTR"),)
    blend = {
        "step": "creating_class_instance", "disposition": "active", "read_point": MIXING.key, "location": MIXING.key,
        "transactions": order,
    }  # fmt: skip
    if bulk == SPLIT_RUN:
        shared = {"transformation": event_id("transformation", bulk), **blend}
        story.add(PLANT, "Transformation", at(day, hour), inputs=inputs, **shared)
        story.add(PLANT, "Transformation", at(day, hour + 1, 20), output_quantities=tank, **shared)
    else:
        story.add(PLANT, "Transformation", at(day, hour), inputs=inputs, output_quantities=tank, **blend)
    filling = LINES[line - 1]
    story.add(
        PLANT, "Transformation", at(day, hour + 3), inputs=tank, epcs=tuple(bottles(lot)),
        output_quantities=((finished(lot), str(len(bottles(lot))), ""),), step="commissioning", disposition="active",
        read_point=filling.key, location=filling.key, transactions=order, extensions=work,
        ilmd={"cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": f"2025-06-{day:02d}"},
    )  # fmt: skip
    cases = [case(lot, k) for k in range(1, CASES_PER_RUN + 1)]
    story.add(
        PLANT, "Object", at(day, hour + 3, 10), action="ADD", epcs=tuple(cases), step="commissioning",
        disposition="active", read_point=filling.key, location=filling.key,
        ilmd={"cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": f"2025-06-{day:02d}"},
    )  # fmt: skip
    for k, box in enumerate(cases, 1):
        story.pack(PLANT, at(day, hour + 3, 15 + 4 * k), box, in_case(lot, k), filling, extensions=work)
    for half in (0, 1):
        unit = pallet(2 * n + half + 1)
        content = cases[half * CASES_PER_PALLET : (half + 1) * CASES_PER_PALLET]
        when = at(day, hour + 4, 10 + 10 * half)
        if unit == pallet(6):
            put_right(story, when, unit, content)
        else:
            story.pack(PLANT, when, unit, content, filling)
        story.see(when + timedelta(minutes=30), [unit], ("storing", "container_closed"), FINISHED)


def put_right(story: Story, when: datetime, unit: Key, content: list[Key]) -> None:
    """The clean pallet 6 was reported with a case of the affected lot; the event is declared wrong and replaced."""
    stray = case("ST-0506", 8)
    wrong = story.pack(PLANT, when, unit, [*content[:3], stray], LINES[0])
    right = story.pack(PLANT, when, unit, content, LINES[0])
    story.events[PLANT].remove(wrong)
    declared = at(8, 9, 15)
    story.events[PLANT] += [replace(wrong, wrong=True), wrong.declare_wrong(declared, right.id)]


def tell_road(story: Story) -> None:
    """Two cold trips with temperatures, pallets broken and mixed ones built, one crate used on two pallets."""
    clock = {"read_point": DOCK.key, "location": DOCK.key}
    story.add(ROAD, "Association", at(8, 16), action="ADD", parent=TRAILER, epcs=(LOGGER,), step="installing", **clock)
    story.add(
        ROAD, "Association", at(14, 16), action="DELETE", parent=TRAILER, epcs=(LOGGER,), step="removing", **clock
    )
    cold_trip(story, 9, (1, 3, 5, 7), ["3.1", "3.4", "3.9", "3.6"])
    cold_trip(story, 12, (2, 6, 9, 11), ["3.2", "4.8", "9.4", "6.1"])
    for day, delivery, numbers in ((9, 1, (1, 3, 5, 7)), (12, 2, (2, 6, 9, 11))):
        units = [pallet(k) for k in numbers]
        story.receive(at(day, 7, 50), units, PLANT, DOCK, f"DN-88{delivery}")
        story.see(at(day, 8, 20), units, ("storing", "in_progress"), COLD)

    st, clean, mixed, blue, late, mixed2 = [row[5] for row in (RUNS[0], RUNS[2], RUNS[1], RUNS[3], RUNS[4], RUNS[5])]
    for minute, (number, out) in enumerate([(1, []), (5, []), (7, []), (3, [case(mixed, 1), case(mixed, 2)])]):
        story.unpack(ROAD, at(9, 9, 3 * minute), pallet(number), out, PICKING)
    story.pack(ROAD, at(9, 10), CRATE[1], [case(clean, 2), case(clean, 3)], PICKING)
    story.pack(ROAD, at(9, 10, 5), CRATE[2], [case(st, 3), case(blue, 3)], PICKING)
    first = {
        1: [case(st, 1), case(st, 2), case(clean, 1), case(mixed, 1)],
        2: [CRATE[1], case(blue, 1), case(blue, 2)],
        3: [CRATE[2], case(clean, 4)],
    }
    for n, content in first.items():
        story.pack(ROAD, at(9, 10, 20 + 10 * n), MIXED[n], content, PICKING)
        story.ship(at(9, 13, 10 * n), [MIXED[n]], (DOCK, STORE[n - 1]), f"DN-61{n}", f"PO-91{n}")
    story.see(at(9, 14), [case(st, 4), case(blue, 4), pallet(3)], ("storing", "in_progress"), COLD)

    story.receive(at(11, 14), [CRATE[1]], SHOP, DOCK, "DN-700")
    for minute, (number, out) in enumerate(
        [
            (9, [case(late, 1), case(late, 2), case(late, 3)]),
            (11, [case(mixed2, 1)]),
            (3, [case(mixed, 3)]),
        ]
    ):
        story.unpack(ROAD, at(12, 9, 3 * minute), pallet(number), out, PICKING)
    story.pack(ROAD, at(12, 10), CRATE[1], [case(st, 4), case(mixed, 2)], PICKING)
    second = {
        4: ([CRATE[1], case(late, 1), case(late, 2)], STORE[1]),
        5: ([case(mixed, 3), case(late, 3), case(mixed2, 1)], CAFE_SITE),
    }
    for n, (content, target) in second.items():
        story.pack(ROAD, at(12, 10, 10 * n), MIXED[n], content, PICKING)
        story.ship(at(12, 13, 10 * n), [MIXED[n]], (DOCK, target), f"DN-61{n}", f"PO-91{n}")
    story.ship(at(12, 13, 15), [pallet(2)], (DOCK, STORE[0]), "DN-616", "PO-916")


def cold_trip(story: Story, day: int, numbers: tuple[int, ...], degrees: list[str]) -> None:
    """The truck takes pallets from the plant to the depot and reports the air temperature on the way."""
    units = [pallet(k) for k in numbers]
    places = ["geo:51.9712,5.6631", "geo:51.9960,5.7412", "geo:52.0307,5.8024", "geo:52.0588,5.8891"]
    steps = ["departing", "transporting", "transporting", "arriving"]
    for n, (celsius, place, step) in enumerate(zip(degrees, places, steps, strict=True)):
        when = at(day, 6, 10) + timedelta(minutes=30 * n)
        report = {"type": "gs1:Temperature", "value": celsius, "uom": "CEL"}
        reports = [report]
        if float(celsius) > 5:
            reports.append({"type": "gs1:Temperature", "exception": "gs1:ALARM_CONDITION"})
        metadata = {"time": utc(when), "deviceID": LOGGER.urn()}
        story.add(
            ROAD, "Object", when, action="OBSERVE", epcs=tuple(units), step=step, disposition="in_transit",
            read_point=place, sensors=({"metadata": metadata, "reports": reports},),
        )  # fmt: skip


def tell_shops(story: Story) -> None:
    """Three stores receive, unpack, fill the shelf and sell."""
    st, mixed, clean, blue, late = (RUNS[n][5] for n in (0, 1, 2, 3, 4))
    visits: list[tuple[int, int, Key, list[Key], str, list[tuple[str, int]]]] = [
        # store, day the goods arrive, pallet, what is taken off it (empty: all), note, cases opened
        (0, 9, MIXED[1], [], "DN-611", [(st, 1), (clean, 1), (mixed, 1)]),
        (1, 9, MIXED[2], [], "DN-612", [(clean, 2), (blue, 1)]),
        (2, 9, MIXED[3], [], "DN-613", [(st, 3), (blue, 3), (clean, 4)]),
        (1, 12, MIXED[4], [], "DN-614", [(st, 4), (late, 1)]),
        (0, 12, pallet(2), [case(st, 5), case(st, 6)], "DN-616", [(st, 5)]),
    ]
    crates = {MIXED[2]: CRATE[1], MIXED[3]: CRATE[2], MIXED[4]: CRATE[1]}
    for store, day, unit, out, note, opened in visits:
        arrived = at(day, 15, 40 * store)
        story.receive(arrived, [unit], ROAD, BACK[store], note)
        story.add(
            SHOP, "Transaction", arrived + timedelta(minutes=12), action="ADD", epcs=(unit,), step="accepting",
            disposition="in_progress", read_point=BACK[store].key, location=BACK[store].key,
            transactions=(("recadv", paper(SHOP, f"GR-{note[3:]}")), ("po", paper(SHOP, f"PO-9{note[4:]}"))),
        )  # fmt: skip
        morning = at(day + 1, 6, 40 + store)
        story.unpack(SHOP, morning, unit, out, BACK[store])
        if unit in crates:
            story.unpack(SHOP, morning + timedelta(minutes=5), crates[unit], [], BACK[store])
        for n, (lot, number) in enumerate(opened):
            shelve_and_sell(story, store, at(day + 1, 7, 10 * n + store), n, (lot, number))
    story.ship(at(11, 10), [CRATE[1]], (BACK[1], DEPOT_SITE), "DN-700", "PO-700")


def shelve_and_sell(story: Story, store: int, opened: datetime, n: int, which: tuple[str, int]) -> None:
    """A case is opened onto the shelf; over the next days some of its bottles are sold, one a receipt."""
    content, day = in_case(*which), opened.day
    story.unpack(SHOP, opened, case(*which), content, BACK[store])
    story.see(opened + timedelta(minutes=6), content, ("stocking", "sellable_accessible"), SHELF[store])
    sold = (5, 3, 4, 6, 2)[(n + store + day) % 5]
    for k, bottle in enumerate(content[:sold]):
        when = at(day + k // 2, 9 + 3 * (k % 2) + n, (17 * k + 11 * store + 7 * n) % 60)
        receipt = {"cm:receipt": f"{STORES[store][:2].upper()}{day:02d}{n}{k}", "cm:till": str(1 + k % 3)}
        sale = ("retail_selling", "retail_sold")
        story.see(when, [bottle], sale, TILL[store], location=None, extensions=receipt, id="")


def tell_story() -> Story:
    """All of it."""
    story = Story()
    tell_farm(story)
    tell_plant(story)
    tell_road(story)
    tell_shops(story)
    return story
