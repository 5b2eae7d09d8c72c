"""A real browser at a real server: every complaint in the browser's console fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from cast import PASSWORD, employ
from stamgast.staff.actions import set_password
from web.base_in_figures import show_base

PHONE = {"width": 390, "height": 800}
DESK = {"width": 1280, "height": 900}


@dataclass
class Visit:
    """One page of the browser, signed in at the test's server."""

    page: Any
    base: str
    said: list[str]

    def go(self, address: str) -> Any:
        """Open a page, which must be there."""
        assert self.page.goto(self.base + address).status == 200, address
        return self.page


@pytest.fixture
def visit(
    transactional_db: None, live_server: Any, browser: Any, at: datetime
) -> Iterator[Callable[..., Visit]]:
    """Sign somebody in: `visit("marketer")`, `visit("admin", language="nl", is_phone=True)`."""
    contexts: list[Any] = []
    said: list[str] = []

    def hear(message: Any) -> None:
        if message.type != "info":  # the browser's own remarks, as of a focus that came before ours
            said.append(f"{message.type}: {message.text}")

    def sign_in(
        role: str = "admin", *, language: str = "en", is_phone: bool = False, scripts: bool = True
    ) -> Visit:
        user = employ(role, email=f"{role}.{language}{is_phone}@shop.example")
        user.language = language
        user.save()
        set_password(user, password=PASSWORD, at=at)
        context = browser.new_context(
            viewport=PHONE if is_phone else DESK, java_script_enabled=scripts
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{live_server.url}/sign-in")
        page.fill("#id_email", user.email)
        page.fill("#id_password", PASSWORD)
        page.click("form .btn:not(.text)")
        page.wait_for_url(f"{live_server.url}/")
        return Visit(page, live_server.url, said)

    yield sign_in
    for context in contexts:
        context.close()
    assert not said, said


@pytest.fixture
def shown_base(transactional_db: None) -> None:
    """A scored base to look at."""
    show_base(assumed_share=0.4)
