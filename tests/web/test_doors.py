"""Who comes in: the whole map of addresses, for nobody and for each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override

from stamgast.staff.rules import ROLES, may
from web.conftest import SignIn

# Without signing in: the door itself, its language, and what customers get a link to.
OPEN = {
    "sign_in",
    "sign_out",
    "language",
    "answer",
    "mail_unsubscribe",
    "mail_preferences",
    "mail_follow",
    "mail_picture",
    "mail_hook",
    "member",
    "member_sign_in",
    "member_code",
    "member_sign_out",
    "member_open",
    "member_join",
    "member_claim",
    "member_missing",
    "member_agree",
    "member_profiling",
    "member_leave",
    "member_download",
    "member_erase",
    "invitation",
}


def _patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for part in resolver.url_patterns:
        path = prefix + str(part.pattern)
        if isinstance(part, URLResolver):
            yield from _patterns(part, path)
        else:
            yield path, part


def _pages() -> list[Any]:
    pages = [
        (path, pattern)
        for path, pattern in _patterns(get_resolver())
        if not path.startswith("/api/")
    ]
    return [pytest.param(path, pattern, id=pattern.name or path) for path, pattern in pages]


def _filled(path: str) -> str:
    """Put something in the place of each part that changes."""
    for kind, text in (("<int:", "1"), ("<str:", "x"), ("<slug:", "x"), ("<path:", "x")):
        while kind in path:
            before, _, after = path.partition(kind)
            path = before + text + after.partition(">")[2]
    return path


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "pattern"), _pages())
def test_nobody_gets_in_without_signing_in(path: str, pattern: URLPattern, client: Client) -> None:
    for answer in (client.get(_filled(path)), client.post(_filled(path))):
        if pattern.name in OPEN:
            assert answer.status_code in {200, 302, 400, 404, 405, 410, 422}
        else:
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/sign-in")


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "pattern"), _pages())
def test_a_role_without_permission_is_refused(
    path: str, pattern: URLPattern, signed_in: SignIn
) -> None:
    verbs = getattr(pattern.callback, "verbs", ())
    if not verbs:
        assert pattern.name in OPEN | {"me", "password", "words", "vega"}
        return
    refused = [role for role in ROLES if not any(may(role, verb) for verb in verbs)]
    for role in refused:
        client = signed_in(role)
        for answer in (client.get(_filled(path)), client.post(_filled(path))):
            assert answer.status_code == 403
            assert "Your role does not include this page." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "pattern"), _pages())
def test_who_only_looks_at_an_address_that_takes_a_form_is_led_to_the_page_around_it(
    path: str, pattern: URLPattern, signed_in: SignIn
) -> None:
    if pattern.name in OPEN:
        return
    answer = signed_in().get(_filled(path), follow=True)
    assert answer.status_code in {200, 404}


def test_every_address_has_a_name_of_its_own() -> None:
    names = [pattern.name for _, pattern in _patterns(get_resolver()) if not _.startswith("/api/")]
    assert all(names)
    assert len(names) == len(set(names))


@pytest.mark.django_db
def test_a_fragment_asked_for_after_the_session_ended_leads_to_the_sign_in(client: Client) -> None:
    answer = client.get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_unknown_address_is_answered_in_words(language: str, signed_in: SignIn) -> None:
    answer = signed_in("service", language=language).get("/nowhere")
    assert answer.status_code == 404
    with override(language):
        from django.utils.translation import gettext

        assert gettext("There is nothing at this address.") in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_proof_of_origin_is_refused_in_words() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/sign-in", {"email": "a@b.example", "password": "x"})
    assert answer.status_code == 403
    assert "stood open too long" in answer.content.decode()


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused_in_words(client: Client) -> None:
    answer = client.get("/sign-in", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "We could not read this request." in answer.content.decode()


def test_when_we_break_the_page_needs_no_database(rf: Any) -> None:
    from stamgast.web.errors import our_fault

    answer = our_fault(rf.get("/"))
    assert answer.status_code == 500
    assert "Something broke on our side." in answer.content.decode()


def test_an_unknown_permission_is_a_mistake_of_ours() -> None:
    from stamgast.web.doors import page

    guard: Callable[..., Any] = page
    with pytest.raises(ValueError, match="see the moon"):
        guard("see the moon")


@pytest.mark.django_db
def test_pages_of_staff_are_kept_nowhere(signed_in: SignIn) -> None:
    assert signed_in("service").get("/words").headers["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_no_other_origin_and_no_inline_script_is_allowed(signed_in: SignIn) -> None:
    policy = signed_in("service").get("/words").headers["Content-Security-Policy"]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == "'self'"
