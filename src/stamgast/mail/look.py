"""How our mail looks, as one value: what the layout needs of brand and shop."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.mail.models import Brand, MailSettings
from stamgast.staff.models import Shop

LOGO_WIDTH = 180


@dataclass(frozen=True, slots=True)
class Look:
    """Name, logo, colours and tone, the same for every message."""

    name: str
    colour: str = "#1f5c3f"
    ink: str = "#26231d"
    paper: str = "#f6f3ec"
    tone: str = "formal"
    postal_address: str = ""
    logo: str = ""  # its address
    logo_width: int = LOGO_WIDTH
    pictures: str = ""  # where the addresses of pictures begin


def look_of(brand: Brand, shop: Shop, mail: MailSettings) -> Look:
    """Return how mail looks now."""
    pictures = f"{mail.public_address.rstrip('/')}/m/p/"
    logo = brand.logo
    return Look(
        name=brand.sender_name or shop.name,
        colour=brand.colour,
        ink=brand.ink,
        paper=brand.paper,
        tone=brand.tone,
        postal_address=brand.postal_address,
        logo=f"{pictures}{logo.digest}.{logo.kind}" if logo else "",
        logo_width=min(LOGO_WIDTH, logo.width) if logo else LOGO_WIDTH,
        pictures=pictures,
    )
