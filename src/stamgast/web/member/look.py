"""The shop's own colours and logo on its member pages, as far as they can be read."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import segno

from stamgast.mail.models import Brand, Picture

_LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA, for text


@dataclass(frozen=True, slots=True)
class Look:
    """What a page takes over from the brand."""

    colour: str
    on_colour: str  # of letters on it
    logo: Picture | None


def look() -> Look:
    """Return how member pages look: the brand's colour where one can read it on white, else ours."""
    brand = Brand.objects.select_related("logo").filter(pk=1).first() or Brand(pk=1)
    colour = brand.colour if _is_colour(brand.colour) else "#1c5d49"
    if contrast(colour, "#fffefc") < _LEAST_CONTRAST:
        colour = darkened(colour)
    return Look(colour=colour, on_colour="#fffefc", logo=brand.logo)


def _is_colour(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def _parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def _light(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in _parts(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast between two colours, from 1 to 21."""
    light, dark = sorted((_light(one), _light(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darkened(colour: str) -> str:
    """Return the same hue, dark enough to be read on white."""
    parts = [float(part) for part in _parts(colour)]
    for _ in range(60):
        parts = [part * 0.95 for part in parts]
        found = "#" + "".join(f"{round(part):02x}" for part in parts)
        if contrast(found, "#fffefc") >= _LEAST_CONTRAST:
            return found
    return "#1c5d49"


def qr(text: str) -> str:
    """Return a QR code as SVG to put in a page, black on white with its quiet zone."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        xmldecl=False,
        light="#ffffff",
        nl=False,
        omitsize=True,  # it has the size of its place on the page
    )
    return out.getvalue().decode()
