"""What a reader gets to see: filled in, escaped, in their language, and never without end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mail.letters import HELLO, WITH_CODE
from stamgast.kernel import Refusal
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.errors import BadLink, FieldMissing, TextEndless, TextUnreadable
from stamgast.mail.look import Look
from stamgast.mail.rendering import Rendered, render

LOOK = Look(name="Koffie & Co", postal_address="Kerkstraat 1, Utrecht", pictures="https://p/m/p/")
ANNA = {"customer": {"first_name": "Anna"}, "greeting": "Beste Anna"}


def one(*blocks: Block, subject: str = "Hello", **texts: str) -> Content:
    return Content.of(en=Version(subject, blocks, **texts))


def text(source: str) -> Content:
    return one(Block("text", text=source))


def shown(content: Content, facts: dict[str, Any] | None = None, **more: Any) -> Rendered:
    return render(content, facts if facts is not None else ANNA, ["nl", "en"], LOOK, **more)


def body(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body")[2]))


def test_speaks_the_first_language_it_has() -> None:
    assert shown(HELLO).subject == "Dag Anna"
    assert render(HELLO, ANNA, ["en", "nl"], LOOK).subject == "Hello Anna"
    assert render(HELLO, ANNA, ["de", "en-GB"], LOOK).language == "en"
    assert render(WITH_CODE, {"offer": {"percent": 5, "code": "A"}}, ["nl"], LOOK).language == "en"


def test_marks_become_layout_in_html_and_go_from_plain_text() -> None:
    source = "**Bold** and *slanted*, [our shop](https://shop.example/a?b=1&c=2).\n\n- one\n- two"
    found = shown(text(source))
    assert "<strong>Bold</strong> and <em>slanted</em>" in found.html
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in found.html
    assert "<li>one</li><li>two</li>" in found.html
    assert "Bold and slanted, our shop (https://shop.example/a?b=1&c=2)." in found.text


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "**bold** [click](https://evil.example)",
        "{{ shop.name }}{% for i in (1..9) %}x{% endfor %}",
        "</mj-text><mj-raw><script>x</script></mj-raw>",
        "xqzLqzx0xqzLqzx",
    ],
)
def test_what_a_customer_is_called_stays_a_name(name: str) -> None:
    found = shown(HELLO, {"customer": {"first_name": name}})
    assert "<script" not in found.html
    assert "<img src=x" not in found.html
    assert 'evil.example"' not in found.html
    assert "<strong>bold" not in found.html
    assert f"Beste {name}, nieuw" in found.text


def test_what_a_colleague_types_is_text_and_not_layout() -> None:
    found = shown(text("<b>1 < 2 & 3</b> <script>x</script>"))
    assert "&lt;b&gt;1 &lt; 2 &amp; 3&lt;/b&gt;" in found.html
    assert "<script" not in found.html
    assert "<b>1 < 2 & 3</b>" in found.text


def test_there_is_no_filter_that_lets_html_through() -> None:
    with pytest.raises(TextUnreadable):
        shown(text("{{ customer.first_name | safe }}"))


def test_a_picture_is_described_as_it_was_written() -> None:
    found = shown(one(Block("picture", picture="abc.png", text='Café "De Bel" <3 {{ greeting }}')))
    assert 'alt="Café &quot;De Bel&quot; &lt;3 Beste Anna"' in found.html


def test_a_subject_stays_on_one_line() -> None:
    facts = {"customer": {"first_name": "Anna\r\nBcc: all@example.nl"}}
    assert shown(HELLO, facts).subject == "Dag Anna Bcc: all@example.nl"


@pytest.mark.parametrize(
    ("content", "facts", "where", "field"),
    [
        (text("Hi {{ customer.nickname }}"), ANNA, "1", "customer.nickname"),
        (one(Block("divider"), subject="{{ offer.code }}"), ANNA, "subject", "offer.code"),
        (one(Block("divider"), why="{{ reason }}"), ANNA, "why", "reason"),
        (one(Block("divider"), Block("code", text="{{ offer.code }}")), {}, "2", "offer.code"),
        (WITH_CODE, {"offer": {"percent": 5}}, "4", "offer.code"),
    ],
)
def test_refuses_a_missing_field_and_says_where(
    content: Content, facts: dict[str, Any], where: str, field: str
) -> None:
    with pytest.raises(FieldMissing) as refusal:
        shown(content, facts)
    assert refusal.value.facts == {"where": where, "field": field}


def test_a_missing_field_may_have_a_default() -> None:
    assert "Hi friend" in shown(text("Hi {{ customer.nickname | default: 'friend' }}")).text


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("{% for i in (1..1000000000) %}x{% endfor %}", TextEndless),
        ("{% for i in (1..1999) %}{% for j in (1..1999) %}x{% endfor %}{% endfor %}", TextEndless),
        (
            "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}"
            "{% endfor %}{{ a }}",
            TextEndless,
        ),
        ("{% if %}", TextUnreadable),
        ("{{ customer.first_name", TextUnreadable),
        ("{% include 'settings' %}", TextUnreadable),
        ("{% render 'x' %}", TextUnreadable),
        ("{{ 1 | divided_by: 0 }}", TextUnreadable),
        ("{{ 'x' | money }}", TextUnreadable),
        ("{{ 'aaa' | split: '' | join: 'aaaaaaaaaa' }}", TextUnreadable),
    ],
)
def test_refuses_what_never_ends_or_cannot_be_read(source: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as found:
        shown(text(source))
    assert found.value.facts == {"where": "1"}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "shop.example", "https://", "{{ customer.first_name }}"]
)
def test_refuses_a_link_that_leads_nowhere(address: str) -> None:
    with pytest.raises(BadLink) as refusal:
        shown(one(Block("divider"), Block("button", text="Go", url=address)))
    assert refusal.value.facts == {"where": "2"}


def test_a_link_may_hold_a_code() -> None:
    found = shown(WITH_CODE, {"offer": {"percent": 5, "code": "A&B"}})
    assert found.links == ("https://shop.example/?code=A&B",)
    assert 'href="https://shop.example/?code=A&amp;B"' in found.html
    assert "Use it: https://shop.example/?code=A&B" in found.text


def test_followed_links_stand_in_html_and_text_alike() -> None:
    content = one(
        Block("text", text="[one](https://a.example) and [two](https://b.example)"),
        Block("picture", picture="abc.png", text="A cup", url="https://c.example"),
        Block("button", text="Four", url="https://d.example"),
    )
    found = shown(content, follow=lambda place, address: f"https://f/{place}")
    hosts = [f"https://{letter}.example" for letter in "abcd"]
    assert found.links == tuple(hosts)
    for place in range(1, 5):
        assert f'href="https://f/{place}"' in found.html
        assert f"https://f/{place}" in found.text
    assert not any(host in found.html + found.text for host in hosts)


def test_nothing_in_a_message_tells_that_it_was_opened() -> None:
    content = one(Block("picture", picture="abc.png", text="A cup"))
    found = shown(content, follow=lambda place, address: "https://f/")
    sources = re.findall(r'src="([^"]*)"', found.html)
    assert sources == ["https://p/m/p/abc.png"], "only pictures that are the same for everybody"
    assert "url(" not in found.html


def test_dates_and_amounts_are_written_in_the_readers_language() -> None:
    source = "{{ offer.until | day }}, {{ offer.minor | money }}"
    content = Content.of(
        nl=Version("x", (Block("text", text=source),)),
        en=Version("x", (Block("text", text=source),)),
    )
    facts = {"offer": {"until": "2026-06-01", "minor": 123450}}
    assert "1 juni 2026, €\u00a01.234,50" in render(content, facts, ["nl"], LOOK).text
    assert "1 June 2026, €1,234.50" in render(content, facts, ["en"], LOOK).text


def test_below_every_message_stands_who_sent_it_and_why() -> None:
    facts = {
        **ANNA,
        "because": "You said so.",
        "unsubscribe_url": "https://u",
        "preferences_url": "https://v",
    }
    found = shown(one(Block("divider"), why="You bought nothing for a while."), facts)
    for page in (body(found.html), found.text):
        assert "You bought nothing for a while." in page
        assert "You said so." in page
        assert "Kerkstraat 1, Utrecht" in page
    assert 'href="https://u"' in found.html
    assert "Unsubscribe: https://u" in found.text
    without = shown(one(Block("divider")))
    assert "Unsubscribe" not in without.html + without.text


FOOT = {
    **ANNA,
    "because": "You said yes.",
    "unsubscribe_url": "https://p/m/u/1?a=1&b=2",
    "preferences_url": "https://p/m/v/1",
}


@pytest.mark.parametrize(
    "source",
    [
        "{% assign unsubscribe_url = false %}",
        "{% capture because %}{% endcapture %}",
        "{% increment preferences_url %}",
        "{% if true %}{% assign trap_url = '' %}{% endif %}",
        "{% assign links = '' %}",
    ],
)
@pytest.mark.parametrize("where", ["block", "preheader", "why", "subject"])
def test_no_text_takes_away_how_to_stop_it(source: str, where: str) -> None:
    content = text(source) if where == "block" else one(Block("text", text="x"), **{where: source})
    with pytest.raises(TextUnreadable):
        shown(content, FOOT)


def test_a_name_used_in_a_loop_does_not_reach_what_stands_below() -> None:
    said = shown(text("{% for unsubscribe_url in (1..2) %}x{% endfor %}"), FOOT)
    assert "https://p/m/u/1?a=1&amp;b=2" in said.html
    assert "https://p/m/u/1?a=1&b=2" in said.text
