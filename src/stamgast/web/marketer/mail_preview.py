"""Showing a message inside a page: in a frame of its own, where nothing in it can do anything."""

from __future__ import annotations

from functools import wraps
from typing import Any

from csp.constants import SELF
from django.http import HttpResponse, HttpResponseBase
from django.utils.html import escape

from stamgast.mail import configuration
from stamgast.mail.letter import Stationery
from stamgast.staff.models import Shop
from stamgast.web.doors import View

_NOTHING_BUT_LOOKS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups"
)


def with_frames(view: View) -> View:
    """Let a page of ours show such frames."""

    @wraps(view)
    def showing(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        vars(response)["_csp_update"] = {"frame-src": [SELF]}
        return response

    return showing


def framed(content: str, *, is_text: bool = False) -> HttpResponse:
    """Return a page that ours may show in a frame: styles and pictures, no scripts, no forms."""
    markup = f'<p style="font:1rem sans-serif;padding:1rem">{escape(content)}</p>'
    response = HttpResponse(markup if is_text else content)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = _NOTHING_BUT_LOOKS
    response.headers["Cache-Control"] = "private, no-store"
    return response


def at_home(shop: Shop) -> Stationery:
    """Return how mail looks now, with its pictures and links at this very address."""
    mail = configuration.mail_settings()
    mail.public_address = ""
    return Stationery(configuration.brand(), mail, shop)
