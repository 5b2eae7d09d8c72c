"""Takes the pictures in docs/images from a running demo, in both languages.

./stamgast demo
python tests/web/browser/screens.py http://127.0.0.1:8000 demo@stamgast.example PASSWORD
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "images"
SCREENS = {
    "overview": "/",
    "customers": "/customers?stage=drifting",
    "who-comes-back": "/cohorts",
    "at-stake": "/value",
    "complaints": "/complaints",
    "import": "/imports",
}
DESK = {"width": 1280, "height": 960}
PHONE = {"width": 390, "height": 844}


def main(base: str, email: str, password: str) -> None:
    """Sign in, speak each language in turn, and take every screen; the overview on a phone too."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=options)
        page = chromium.new_context(viewport=DESK).new_page()
        page.goto(f"{base}/sign-in")
        page.fill("#id_email", email)
        page.fill("#id_password", password)
        page.click("form .btn:not(.text)")
        for language in ("nl", "en"):
            _speak(page, language)
            page.set_viewport_size(DESK)
            for name, address in SCREENS.items():
                _take(page, base + address, f"{name}-{language}")
            page.goto(f"{base}/customers?stage=drifting")
            customer = page.locator("a[data-row]").first.get_attribute("href")
            _take(page, base + customer, f"customer-{language}")
            page.set_viewport_size(PHONE)
            _take(page, f"{base}/", f"overview-phone-{language}")
        chromium.close()


def _speak(page: Any, language: str) -> None:
    button = page.locator(f'.languages button[value="{language}"]')
    if button.count():
        button.first.click()


def _take(page: Any, address: str, name: str) -> None:
    page.goto(address)
    for chart in page.locator("[data-chart]").all():
        chart.locator("svg").wait_for()
    page.screenshot(path=FOLDER / f"{name}.png")


def _chromium() -> str | None:
    import shutil

    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


if __name__ == "__main__":
    main(*sys.argv[1:4])
