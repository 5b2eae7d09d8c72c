"""Makes the screenshots of the documentation from the example shop, in both languages.

    python docs/images/make.py ADDRESS EMAIL PASSWORD

against a running `stamgast demo`. Needs the test requirements and a Chromium.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent
SCREENS = {
    "overview": "/",
    "customers": "/customers?stage=drifting",
    "customer": "/customers?stage=drifting",  # the first of them
    "cohorts": "/cohorts",
    "value": "/value",
    "import": "/imports",
    "why-they-stay": "/why-they-stay",
    "experience": "/experience",
    "trust": "/trust",
    "signals": "/signals",
    "goals": "/goals",
    "measures": "/campaigns/measures",
    "campaigns": "/campaigns",
    "calendar": "/campaigns/calendar",
    "plans": "/plans",
    "calls": "/calls",
    "verdicts": "/verdicts",
    "verdict": "/verdicts",  # the oldest of them
    "programme": "/programme",
    "ask": "/ask",
}
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


def main(address: str, email: str, password: str) -> None:
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        for language in ("en", "nl"):
            shoot(browser, address, email, password, language)
        browser.close()


def shoot(browser: Browser, address: str, email: str, password: str, language: str) -> None:
    """Sign in, choose the language, and take each screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(180_000)
    page.goto(address + "/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    page.goto(address + "/me")
    page.select_option("select[name=language]", language)
    with page.expect_navigation():
        page.locator("form:has(select[name=language]) button[type=submit]").click()
    page.wait_for_load_state("networkidle")
    for name, path in SCREENS.items():
        page.goto(address + path)
        if name == "customer":
            page.locator("main table tbody a").first.click()
        if name == "verdict":
            page.locator("main a[href^='/verdicts/']").last.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=FOLDER / f"{name}-{language}.png")
    shoot_campaign(page, address, language)
    page.close()


def shoot_campaign(page: Any, address: str, language: str) -> None:
    """Begin with a finished campaign, and take the steps of its editor."""
    page.goto(address + "/campaigns")
    page.locator("form[action*='/campaigns/start/'] button").first.click()
    page.wait_for_load_state("load")
    draft = page.url.rpartition("/")[0]
    for step in ("who", "offer", "control"):
        page.goto(f"{draft}/{step}")
        page.wait_for_load_state("load")
        page.wait_for_timeout(500)  # the mail beside its text
        page.screenshot(path=FOLDER / f"campaign-{step}-{language}.png")
    page.locator("details:has(form[action$='/remove']) summary").click()
    page.locator("form[action$='/remove'] button").click()


if __name__ == "__main__":
    main(*sys.argv[1:])
