"""The server: what it believes of who comes in, who makes pages, and that pages go before mail."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import waitress
from waitress import wasyncore

from stamgast.serving import Servers, listening, whose_word_counts
from stamgast.turns import OneOfSeveral, PagesFirst


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


def test_two_pages_at_once_are_made_and_the_others_wait_in_line() -> None:
    counting = threading.Lock()
    busy, most = 0, 0

    def page(environ: object, start: object) -> list[bytes]:
        nonlocal busy, most
        with counting:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with counting:
            busy -= 1
        return [b"page"]

    pages = PagesFirst(page, turn_seconds=60)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: pages({}, None), range(24)))
    assert made == [[b"page"]] * 24
    assert most == 2


def test_pages_that_hang_do_not_hold_the_next_for_ever() -> None:
    let_go = threading.Event()

    def page(environ: dict[str, bool], start: object) -> list[bytes]:
        if environ["hangs"]:
            let_go.wait(60)
        return [b"page"]

    pages = PagesFirst(page, turn_seconds=0.01)
    with ThreadPoolExecutor(8) as pool:
        hanging = [pool.submit(pages, {"hangs": True}, None) for _ in range(5)]
        assert pool.submit(pages, {"hangs": False}, None).result(30) == [b"page"]
        assert not any(one.done() for one in hanging)
        let_go.set()


def test_who_waited_goes_before_whoever_comes_later() -> None:
    let_go = {name: threading.Event() for name in ("one", "two", "third", "late")}
    begun: list[str] = []

    def page(environ: dict[str, str], start: object) -> list[bytes]:
        begun.append(environ["name"])
        let_go[environ["name"]].wait(30)
        return [b"page"]

    pages = PagesFirst(page, turn_seconds=60)

    def ask(name: str) -> threading.Thread:
        asking = threading.Thread(target=pages, args=({"name": name}, None))
        asking.start()
        return asking

    asked = [ask("one"), ask("two")]
    until(lambda: len(begun) == 2)
    assert not pages.has_room()
    for many, name in enumerate(("third", "late"), start=1):
        asked.append(ask(name))
        until(partial(are_there, pages, 2 + many))
    let_go["two"].set()
    until(lambda: len(begun) == 3)
    assert begun[2] == "third"
    for one in let_go.values():
        one.set()
    for each in asked:
        each.join(30)
    assert pages.has_room()


def test_a_page_that_takes_long_leaves_room_for_others() -> None:
    let_go = threading.Event()

    def hangs(environ: object, start: object) -> list[bytes]:
        let_go.wait(30)
        return [b"page"]

    pages = PagesFirst(hangs, turn_seconds=0.05)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(pages, {}, None) for _ in range(2)]
        until(lambda: len(pages._since) == 2)
        until(pages.has_room)
        let_go.set()
        assert [one.result(30) for one in asked] == [[b"page"]] * 2


def test_a_server_beside_others_lets_its_caller_go_only_where_others_wait() -> None:
    let_go = {name: threading.Event() for name in ("/one", "/two", "/three")}

    def page(environ: dict[str, str], start: Any) -> list[bytes]:
        if environ["PATH_INFO"] in let_go:
            let_go[environ["PATH_INFO"]].wait(30)
        start("200 OK", [("Content-Length", "4")])
        return [b"page"]

    pages = PagesFirst(page, turn_seconds=60)
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = OneOfSeveral(pages, door, threads=4)
        doors = server._map
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                wasyncore.loop(timeout=0.01, count=1, map=doors)

        serving = threading.Thread(target=serve)
        serving.start()
        port = door.getsockname()[1]
        lines = {name: http.client.HTTPConnection("127.0.0.1", port, timeout=30) for name in let_go}

        def answer(name: str) -> str | None:
            got = lines[name].getresponse()
            assert got.read() == b"page"
            return got.getheader("Connection")

        try:
            for name, line in lines.items():
                line.request("GET", "/quick")
                assert answer(name) is None, "nobody waited"
            for many, (name, line) in enumerate(lines.items(), start=1):
                line.request("GET", name)
                until(partial(are_there, pages, many))
            let_go["/one"].set()
            assert answer("/one") == "close", "the third waited, and has its turn now"
            let_go["/two"].set()
            assert answer("/two") is None
            let_go["/three"].set()
            assert answer("/three") is None
        finally:
            over.set()
            serving.join(30)
            for line in lines.values():
                line.close()
            server.task_dispatcher.shutdown()
            wasyncore.close_all(doors)


def are_there(pages: PagesFirst, many: int) -> bool:
    """Say whether so many are made or wait in line."""
    return len(pages._since) + len(pages._waiting) == many


def until(is_so: Callable[[], bool]) -> None:
    """Wait until it is so, and not for ever."""
    give_up = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.001)


@pytest.mark.skipif(sys.platform == "win32", reason="there one process makes the pages")
def test_several_processes_serve_one_address_and_one_that_dies_is_replaced() -> None:
    with listening("127.0.0.1", 0) as door:
        servers = Servers(door, processes=2, threads=2)
        try:
            assert style_sheet(door.getsockname()[1]) == 200
            dead, other = servers.running
            dead.kill()
            dead.wait(30)
            servers.replace_ended()
            assert servers.running[0].pid != dead.pid
            assert servers.running[1] is other
            other.kill()
            other.wait(30)
            assert style_sheet(door.getsockname()[1]) == 200, "the new one does not serve"
        finally:
            servers.stop()
    assert servers.running[0].returncode == 0, "it did not end by itself when told"


def style_sheet(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/static/stamgast/base.css")
    status = connection.getresponse().status
    connection.close()
    return status
