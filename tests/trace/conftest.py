"""Fixtures for tests of traces: an empty store, and events by few words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from epcis_kit.store.store import Store, open_store
from events_in_words import make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.model import Event


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory, with a clock that counts."""
    ticks = itertools.count(1_700_000_000_000_000)
    with open_store(":memory:", clock=lambda: next(ticks)) as opened:
        yield opened


@pytest.fixture
def make() -> Callable[..., Event]:
    """Makes events by few words."""
    return make_event
