"""Decisions about lots: who is one unit, what the lot gives it, and what arms may look like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b

from stamgast.measurement.errors import BadArms, BadExperiment

LONGEST = 1_100  # days of a window, or of the time after it
_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class ArmPlan:
    """An arm as one plans it: a code of its own, its share of everyone, whether it gets nothing."""

    code: str
    share: Decimal | float
    is_control: bool = False


def clean_arms(arms: Sequence[ArmPlan]) -> list[ArmPlan]:
    """Return the arms, the control first, with shares that add up to one.

    Refuses fewer than two arms, not exactly one control, a code twice or empty, a share of none or
    all, and shares that do not add up to one.
    """
    clean = [ArmPlan(arm.code.strip(), _share(arm.share), arm.is_control) for arm in arms]
    if len(clean) < 2 or sum(arm.is_control for arm in clean) != 1:
        raise BadArms(why="control")
    codes = [arm.code for arm in clean]
    if len(set(codes)) < len(codes) or any(not 1 <= len(code) <= 40 for code in codes):
        raise BadArms(why="codes")
    off: Decimal = 1 - sum((Decimal(arm.share) for arm in clean), Decimal(0))
    if abs(off) > _PLACES * len(clean):
        raise BadArms(why="sum")
    control = next(arm for arm in clean if arm.is_control)
    others = [arm for arm in clean if not arm.is_control]
    mended = ArmPlan(control.code, Decimal(control.share) + off, is_control=True)
    return [mended, *others]


def _share(share: Decimal | float) -> Decimal:
    exact = Decimal(str(share))
    if not exact.is_finite() or not 0 < exact.quantize(_PLACES) < 1:
        raise BadArms(why="share")
    return exact.quantize(_PLACES)


def clean_days(window_days: int, after_days: int) -> tuple[int, int]:
    """Return the days an effect is waited for, and those in which it may prove borrowed."""
    for field, days, least in (("window_days", window_days, 1), ("after_days", after_days, 0)):
        if not least <= days <= LONGEST:
            raise BadExperiment(field=field)
    return int(window_days), int(after_days)


# --- the lot -----------------------------------------------------------------------------------


def unit_of(salt: str, anchor: int) -> str:
    """Return the digest of a household: the same members, the same experiment, the same digest."""
    return blake2b(b"unit:%d" % anchor, digest_size=8, key=salt.encode()).hexdigest()


def place_of(salt: str, unit: str) -> float:
    """Return where the lot puts a unit: evenly over 0 to 1, and the same every time."""
    drawn = blake2b(b"arm:" + unit.encode(), digest_size=8, key=salt.encode()).digest()
    return int.from_bytes(drawn, "big") / 2**64


def arm_at(place: float, shares: Sequence[float]) -> int:
    """Return which arm lies at this place when the shares are laid side by side."""
    edge = 0.0
    for position, share in enumerate(shares):
        edge += share
        if place < edge:
            return position
    return len(shares) - 1


# --- households --------------------------------------------------------------------------------

# What more than so many records share is a desk, a hall of residence or a placeholder: no household.
LARGEST_HOUSEHOLD = 12

_DUTCH = re.compile(r"\d{4}[A-Z]{2}")


def ties(email: str, postcode: str, street: str, house_number: str) -> list[str]:
    """Return what this record shares with others of its household: its e-mail and its address.

    A Dutch postcode with a house number is an address; elsewhere the street is needed too.
    """
    found = [f"e:{email.lower()}"] if email else []
    if postcode and house_number:
        number = house_number.upper().replace(" ", "")
        if _DUTCH.fullmatch(postcode):
            found.append(f"a:{postcode}:{number}")
        elif street:
            found.append(f"a:{postcode}:{' '.join(street.lower().split())}:{number}")
    return found
