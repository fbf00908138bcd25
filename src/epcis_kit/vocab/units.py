"""Units of measure: what they measure, and the same amount in another unit.

Takes UN/ECE Recommendation 20 codes and decimal amounts; gives dimensions and amounts. Guarantees: a conversion is
exact rational arithmetic, rounded once, to 28 significant digits; a code that is not in our table is never converted
and never an error. The data is ``units.toml`` of the schemas.
"""

from __future__ import annotations

import functools
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from epcis_kit._resources import read_text

__all__ = ["convert_amount", "dimension_of", "units_of"]

_EXACT: Final = Context(prec=28)


class _Unit(NamedTuple):
    dimension: str
    factor: Fraction
    offset: Fraction


@functools.cache
def _units() -> dict[str, _Unit]:
    import tomllib  # noqa: PLC0415 - read at the first look-up

    table = tomllib.loads(read_text("schemas/units.toml"))
    return {
        code: _Unit(dimension, Fraction(row[0]), Fraction(row[1]) if len(row) > 1 else Fraction(0))
        for dimension, codes in table.items()
        for code, row in codes.items()
    }


def dimension_of(code: str) -> str | None:
    """What a unit measures, for example ``"temperature"`` for ``"CEL"``; ``None`` where the table has no such code."""
    unit = _units().get(code)
    return None if unit is None else unit.dimension


def units_of(dimension: str) -> tuple[str, ...]:
    """Codes of all units in the table that measure the same, for example ``("KEL", "CEL", …)``; often empty."""
    return tuple(code for code, unit in _units().items() if unit.dimension == dimension)


def convert_amount(amount: Decimal, code: str, wanted: str) -> Decimal | None:
    """The same amount in another unit.

    Args:
        amount: A finite number of the first unit.
        code: The unit it is given in.
        wanted: The unit asked for.

    Returns:
        The amount, as given where both units are one; ``None`` where they do not measure the same or one of them is
        not in the table.
    """
    if code == wanted:
        return amount
    units = _units()
    have, want = units.get(code), units.get(wanted)
    if have is None or want is None or have.dimension != want.dimension or not amount.is_finite():
        return None
    result = (Fraction(amount) * have.factor + have.offset - want.offset) / want.factor
    return _EXACT.divide(Decimal(result.numerator), Decimal(result.denominator))
