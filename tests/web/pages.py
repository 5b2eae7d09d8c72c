"""Reading pages as a visitor does: what they say first, what they link to, what they offer."""

from __future__ import annotations

import html
import re

from django.test import Client


def text(markup: str) -> str:
    """Return markup as one reads it: without tags, on one line."""
    return (
        " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
        .replace(" .", ".")
        .replace(" ,", ",")
    )


def said(page: str) -> str:
    """Return the sentence a page opens with."""
    found = re.search(r"<h1>(.*?)</h1>", page, re.S)
    assert found, "the page has no first sentence"
    plain = re.sub(r"<[^>]+>", "", found[1])
    return " ".join(html.unescape(plain).split())


def names(page: str) -> list[str]:
    """Return what the rows of a list are called, in order."""
    return [html.unescape(name) for name in re.findall(r"<a data-row [^>]*>([^<]+)</a>", page)]


def section(page: str, title: str) -> str:
    """Return the text of the section with this title; empty when there is none."""
    cards = re.findall(r"<section[^>]*>(.*?)</section>", page, re.S)
    return next((text(card) for card in cards if title in card), "")


def get(client: Client, address: str, *, status: int = 200) -> str:
    """Open a page; the answer must have this status."""
    response = client.get(address)
    assert response.status_code == status, (response.status_code, response.headers)
    return response.content.decode()


def undo(client: Client, address: str) -> str:
    """Press "Undo" on a page, and return the page one comes to."""
    found = re.search(
        r'class="flash.*?<form method="post" action="([^"]+)"', get(client, address), re.S
    )
    assert found, "the page offers nothing to undo"
    response = client.post(html.unescape(found[1]), follow=True)
    assert response.status_code == 200
    return str(response.content.decode())
