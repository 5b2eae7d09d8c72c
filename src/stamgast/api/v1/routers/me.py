"""Which key this is, and what it may."""

from __future__ import annotations

from stamgast.api.auth import ApiRequest
from stamgast.api.contract import Operations
from stamgast.api.v1.schemas.me import Me
from stamgast.staff.models import Shop

me = Operations("me")


@me.get("/me", scope="", answers=Me)
def about_me(request: ApiRequest) -> Me:
    """Say which key this is, what it may, and whether what it writes is kept."""
    key, shop = request.auth, request.shop
    return Me(
        name=key.name,
        prefix=key.prefix,
        is_live=key.is_live,
        scopes=key.scopes,
        shop=shop.name,
        currency=shop.currency,
        zone=shop.zone,
        is_vat_included=shop.vat == Shop.VatIn.INCLUDED,
    )
