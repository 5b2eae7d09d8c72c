"""From a row of the outbox to the bytes that travel: text, HTML and the headers around them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from stamgast.customers.models import Consent, Customer
from stamgast.mail import links, wording
from stamgast.mail.content import from_document
from stamgast.mail.look import Look, look_of
from stamgast.mail.models import Brand, MailSettings, Message
from stamgast.mail.permission import consents_by_email
from stamgast.mail.rendering import Rendered, render
from stamgast.staff.models import Shop


@dataclass(frozen=True)
class Stationery:
    """What every message has in common while one batch is sent."""

    brand: Brand
    mail: MailSettings
    shop: Shop

    @property
    def look(self) -> Look:
        return look_of(self.brand, self.shop, self.mail)

    def address(self, path: str) -> str:
        """Return the whole address of a page for customers."""
        return f"{self.mail.public_address.rstrip('/')}/m/{path}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message ready to be handed over; whom to is put on at the very last."""

    subject: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


def known_of(customer: Customer | None, shop: Shop, *, language: str, tone: str) -> dict[str, Any]:
    """Return what every text knows of a customer and the shop."""
    who = {} if customer is None else _of_customer(customer)
    greeting = wording.greeting(
        language,
        tone,
        first_name=who.get("first_name", ""),
        full_name=who.get("full_name", ""),
    )
    return {"customer": who, "shop": {"name": shop.name}, "greeting": greeting}


def _of_customer(customer: Customer) -> dict[str, str]:
    fields = ("first_name", "infix", "last_name", "company", "city", "country")
    return {**{f: getattr(customer, f) for f in fields}, "full_name": customer.full_name}


def rendered(
    message: Message, with_: Stationery, said: Mapping[str, Consent] | None = None
) -> Rendered:
    """Return what this message says to its reader, as things stand now; refuses as `render` does.

    `said` is what the customer said last about mail, where it was read for many at once.
    """
    content = from_document(message.content.document)
    customer, shop = message.customer, with_.shop
    if said is None:
        said = consents_by_email([customer.pk]).get(customer.pk, {}) if customer else {}
    languages = [code for code in (message.language, _language(customer), shop.language) if code]
    language, _ = content.in_language(*languages)
    tone = with_.brand.tone
    facts = {
        **message.facts,
        **known_of(customer, shop, language=language, tone=tone),
        **_foot(message, with_, language, said),
    }
    follow = None
    if _is_followed(message, said):
        facts["trap_url"] = with_.address(f"k/{links.click_token(message, links.TRAP, '')}")

        def follow(place: int, address: str) -> str:
            if not address.lower().startswith("http"):
                return address
            return with_.address(f"k/{links.click_token(message, place, address)}")

    return render(content, facts, languages, with_.look, follow=follow)


def _language(customer: Customer | None) -> str:
    return customer.language if customer else ""


def _is_followed(message: Message, said: Mapping[str, Consent]) -> bool:
    if message.kind != Message.Kind.CAMPAIGN or message.customer is None:
        return False
    tracking = said.get(Consent.Purpose.TRACKING)
    return tracking is not None and tracking.is_granted


def _foot(
    message: Message, with_: Stationery, language: str, said: Mapping[str, Consent]
) -> dict[str, str | None]:
    customer = message.customer
    if message.kind == Message.Kind.STAFF and customer is not None:
        return {
            "unsubscribe_url": with_.address(f"u/{links.SAMPLE}"),
            "preferences_url": with_.address(f"v/{links.SAMPLE}"),
        }
    if not message.purpose or customer is None:
        return {}
    consent = said.get(message.purpose)
    return {
        "because": _because(consent, with_, language) if consent else None,
        "unsubscribe_url": with_.address(f"u/{links.unsubscribe_token(message)}"),
        "preferences_url": with_.address(f"v/{links.preferences_token(customer)}"),
    }


def _because(consent: Consent, with_: Stationery, language: str) -> str:
    return wording.because(
        language,
        with_.brand.tone,
        basis=consent.basis,
        purpose=consent.purpose,
        shop=with_.shop.name,
        on=consent.at.date(),
        order=consent.order_number,
    )


def written(
    message: Message, with_: Stationery, said: Mapping[str, Consent] | None = None
) -> Letter:
    """Return the message as it travels, but for whom to; refuses as `render` does."""
    shown = rendered(message, with_, said)
    is_test = message.kind == Message.Kind.STAFF and message.customer is not None
    headers = [("MIME-Version", "1.0"), ("Content-Language", shown.language)]
    if message.purpose:
        token = links.unsubscribe_token(message)
        headers += [
            ("List-Unsubscribe", f"<{with_.address(f'u/{token}')}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    else:
        headers.append(("Auto-Submitted", "auto-generated"))
    if with_.brand.reply_address:
        headers.append(("Reply-To", with_.brand.reply_address))
    body = body_of(shown, f"stamgast-{links.mark_of(message.pk)}")
    return Letter("[Test] " * is_test + shown.subject, body, tuple(headers))


def addressed(
    letter: Letter, message: Message, with_: Stationery, *, to: str, name: str, at: datetime
) -> bytes:
    """Return the whole message with its headers, to this address."""
    sender = with_.brand.sender_address
    head = [
        _header("From", with_.brand.sender_name or with_.shop.name, sender),
        _header("To", name, to),
        _header("Subject", letter.subject),
    ]
    plain = [
        ("Date", format_datetime(at)),
        ("Message-ID", links.message_id(message.pk, sender)),
        *letter.headers,
    ]
    # Programs read these: each on one line, however long.
    lines = "".join(f"{field}: {value}\r\n" for field, value in plain)
    return b"".join([*head, lines.encode("ascii"), letter.body])


# What needs no notation and no folding: most of what people and shops are called.
_PLAIN = re.compile(r"[\w!#$%&'*+/?^`{|}~,:;()-][\w !#$%&'*+/?^`{|}~.,:;()-]{0,60}", re.ASCII)
_PLAIN_PERSON = re.compile(
    r"(?:[\w!#$%&'*+/?^`{|}~-][\w !#$%&'*+/?^`{|}~-]{0,40} )?<?[\w!#$%&'*+/?^`{|}~.-]{1,64}@[\w.-]+>?",
    re.ASCII,
)
_LINE = 78


def _header(field: str, text: str, address: str = "") -> bytes:
    """Return a header in the notation its text needs; ValueError when it cannot be written."""
    line = f"{text} <{address}>" if text and address else text or address
    is_plain = (_PLAIN_PERSON if address else _PLAIN).fullmatch(line)
    if is_plain and len(field) + len(line) < _LINE - 2 and line == line.rstrip():
        return f"{field}: {line}\r\n".encode("ascii")
    head = EmailMessage(policy=SMTP)
    head[field] = _person(text, address) if address else text
    return head.as_bytes().rstrip(b"\r\n") + b"\r\n"


def _person(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(display_name=name, username=user, domain=domain)


def body_of(said: Rendered, boundary: str) -> bytes:
    """Return text and HTML as alternatives, in lines that any server takes."""
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
    parts = [_part("plain", said.text, boundary), _part("html", said.html, boundary)]
    return b"".join([head.encode(), *parts, f"--{boundary}--\r\n".encode()])


def _part(kind: str, text: str, boundary: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    return head.encode() + binascii.b2a_qp(lines.encode(), istext=True) + b"\r\n"
