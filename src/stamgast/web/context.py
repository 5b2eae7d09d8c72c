"""What every staff page needs around its own content."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest

from stamgast import __version__
from stamgast.web.flash import flashes
from stamgast.web.marketer.navigation import groups


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every template the shop, the moment, what the reader may do, and the way around."""
    return {
        "shop": getattr(request, "shop", None),
        "at": getattr(request, "at", None),
        "may": getattr(request, "may", None),
        "navigation": partial(groups, request),
        "flashes": partial(flashes, request),
        "version": __version__,
    }
