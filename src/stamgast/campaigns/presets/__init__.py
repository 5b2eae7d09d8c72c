"""Finished campaigns to start from, each in Dutch and English: a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from stamgast.campaigns.errors import NoSuchPreset
from stamgast.campaigns.presets.preset import Preset

# In the order in which they are offered: as a customer meets them.
CODES = (
    "welcome", "second_purchase", "replenishment", "complete_it", "one_step_up", "birthday",
    "thank_you", "tier_reached", "early_access", "ambassador", "unused_points", "ask_why",
    "service_recovery", "price_answer", "save_offer", "contract_renewal", "win_back",
    "win_back_service", "win_back_price",
)  # fmt: skip


@cache
def presets() -> Mapping[str, Preset]:
    """Return the finished campaigns by their code, in the order in which they are offered."""
    every = (import_module(f"stamgast.campaigns.presets.{code}").PRESET for code in CODES)
    return {preset.code: preset for preset in every}


def preset_of(code: str) -> Preset:
    """Return the finished campaign of this name; refuses one that is not there."""
    found = presets().get(code)
    if found is None:
        raise NoSuchPreset(name=code)
    return found


def preset_for(step: str) -> Preset | None:
    """Return the finished campaign that does this next step, if there is one."""
    return next((preset for preset in presets().values() if step and preset.step == step), None)
