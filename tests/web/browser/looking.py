"""What tests in a browser look for on every page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe


def problems_of(page: Any) -> list[str]:
    """Return the barriers on a page that axe finds grave, and whether it scrolls sideways."""
    found = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{over} pixels too wide"] if over > 0 else found
