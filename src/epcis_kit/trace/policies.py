"""How a trace is to be read where two careful readers could differ, and how far it may go.

Gives :class:`Policies` and :class:`Limits`, frozen values that are passed in and shown in every answer. All policies
are off by default: the answer is then the cautious one for a recall. A limit never changes an answer silently: it
ends the walk and the answer says where.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from epcis_kit.errors import QueryError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEFAULT_LIMITS", "NO_POLICIES", "Limits", "Policies", "PolicyName", "as_policies"]

PolicyName: TypeAlias = Literal["causal_lots", "implicit_move", "ilmd_lots"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Readings that go beyond what the events say for certain.

    Attributes:
        causal_lots: What became part of a lot after some of it was packed or used is not in what was packed or used.
            Can miss goods whose production was booked late.
        implicit_move: An object that is packed elsewhere has left where it was, although nobody said so; not where
            one of the two containers holds the other.
        ilmd_lots: An object with a serial number belongs to the lot that the ILMD of its creation names.
    """

    causal_lots: bool = False
    implicit_move: bool = False
    ilmd_lots: bool = False

    @property
    def names(self) -> tuple[PolicyName, ...]:
        """Those that are on, in alphabetical order."""
        names = sorted(field.name for field in dataclasses.fields(self) if getattr(self, field.name))
        return cast("tuple[PolicyName, ...]", tuple(names))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a walk may go.

    Attributes:
        depth: Links between the start and a key.
        nodes: Keys reached.
        links: Links in the answer.
    """

    depth: int = 10_000
    nodes: int = 1_000_000
    links: int = 2_000_000


NO_POLICIES: Final = Policies()
DEFAULT_LIMITS: Final = Limits()


def as_policies(policies: Policies | Iterable[str] | None) -> Policies:
    """Policies from a value of their own, or from names (``"causal_lots"``, ``"causal-lots"``).

    Raises:
        QueryError: There is no policy of that name.
    """
    if policies is None:
        return NO_POLICIES
    if isinstance(policies, Policies):
        return policies
    known = [field.name for field in dataclasses.fields(Policies)]
    wanted = {}
    for name in (policies,) if isinstance(policies, str) else policies:
        plain = name.strip().replace("-", "_").replace(" ", "_")
        if plain not in known:
            raise QueryError(f"Cannot use policy {shorten(name)}: expected one of {', '.join(known)}.")
        wanted[plain] = True
    return Policies(**wanted)
