"""What every staff page needs around its own content."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from stamgast.staff.queries import shop


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give the shop to every template."""
    return {"shop": shop()}
