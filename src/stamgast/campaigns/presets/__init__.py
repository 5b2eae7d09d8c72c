"""Finished campaigns to start from, each in Dutch and English: a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from stamgast.campaigns.errors import NoSuchPreset
from stamgast.campaigns.presets.preset import Preset


@cache
def presets() -> Mapping[str, Preset]:
    """Return the finished campaigns by their code, in the order in which they are offered."""
    from stamgast.campaigns.presets import save_offer, second_purchase, win_back

    every = (save_offer.PRESET, second_purchase.PRESET, win_back.PRESET)
    return {preset.code: preset for preset in every}


def preset_of(code: str) -> Preset:
    """Return the finished campaign of this name; refuses one that is not there."""
    found = presets().get(code)
    if found is None:
        raise NoSuchPreset(name=code)
    return found


def preset_for(step: str) -> Preset | None:
    """Return the finished campaign that does this next step, if there is one."""
    return next((preset for preset in presets().values() if preset.step == step), None)
