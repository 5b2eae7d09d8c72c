"""What a key may."""

from __future__ import annotations

from pydantic import Field

from stamgast.api.v1.schemas.common import Told


class Me(Told):
    """The key that calls."""

    name: str = Field(description="As an administrator called it.", examples=["Web shop"])
    prefix: str = Field(description="How the key begins.", examples=["sg_live_ab12"])
    is_live: bool = Field(description="False: a test key; nothing it writes is kept.")
    scopes: list[str] = Field(description="What it may.", examples=[["orders:write"]])
    shop: str = Field(description="The shop's name.", examples=["Koffiehuis Linde"])
    currency: str = Field(description="Of the shop.", examples=["EUR"])
    zone: str = Field(description="In which days are counted.", examples=["Europe/Amsterdam"])
    is_vat_included: bool = Field(description="In prices, unless an order says otherwise.")
