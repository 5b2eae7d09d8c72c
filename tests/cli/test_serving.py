"""The server: what it believes of who comes in, and that pages go before the mail beside them."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import waitress
from waitress import wasyncore

from stamgast.serving import PagesFirst, whose_word_counts


def told(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with how a visitor came in, and from where."""
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()]


def asked(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1, 203.0.113.7"}
    connection.request("GET", "/", headers=said)
    answer = connection.getresponse().read().decode()
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("is_https", "expected"), [(True, "https 203.0.113.7"), (False, "http 127.0.0.1")]
)
def test_only_a_proxy_in_front_tells_where_a_visitor_comes_from(
    settings: Any, *, is_https: bool, expected: str
) -> None:
    settings.IS_HTTPS = is_https
    doors: dict[Any, Any] = {}
    server = waitress.create_server(
        told, map=doors, host="127.0.0.1", port=0, threads=1, **whose_word_counts()
    )
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asked, server.effective_port)
        while not answer.done():
            wasyncore.loop(timeout=0.05, count=1, map=doors)
    server.task_dispatcher.shutdown()
    server.close()
    assert answer.result() == expected


def test_work_beside_pages_waits_while_a_page_is_made_and_not_for_long() -> None:
    making, made = threading.Event(), threading.Event()

    def slow(environ: object, start: object) -> list[bytes]:
        making.set()
        made.wait(5)
        return [b"page"]

    pages = PagesFirst(slow)
    began = time.monotonic()
    pages.let_go_first()
    assert time.monotonic() - began < 0.04, "nobody was there to wait for"
    asking = threading.Thread(target=lambda: pages({}, None))
    asking.start()
    making.wait(5)
    began = time.monotonic()
    pages.let_go_first()
    assert 0.04 < time.monotonic() - began < 2.0
    made.set()
    asking.join()
    began = time.monotonic()
    pages.let_go_first()
    assert time.monotonic() - began < 0.04


def test_a_page_that_fails_holds_nobody_up() -> None:
    def broken(environ: object, start: object) -> list[bytes]:
        raise ConnectionError

    pages = PagesFirst(broken)
    with pytest.raises(ConnectionError):
        pages({}, None)
    began = time.monotonic()
    pages.let_go_first()
    assert time.monotonic() - began < 0.04
