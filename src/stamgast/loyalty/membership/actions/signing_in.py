"""Signing in without a password: a code of six figures by mail."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.loyalty.membership import rules
from stamgast.loyalty.membership.errors import SignInCodeRefused
from stamgast.loyalty.membership.letters import LETTERS
from stamgast.loyalty.membership.queries import customer_of_address
from stamgast.loyalty.models import SignInCode
from stamgast.mail.actions import queue_message


def mail_code(email: str, *, at: datetime, purpose: str = "sign_in") -> SignInCode | None:
    """Mail somebody a code, when the address is a customer's; who asks is told nothing either way.

    At most three within a quarter of an hour and twelve in a day: then nothing is sent and earlier
    codes keep working.
    """
    customer = customer_of_address(email)
    if customer is None:
        return None
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(pk=customer.pk)
        today = SignInCode.objects.filter(customer=customer, made_at__gt=at - rules.DAY)
        lately = today.filter(made_at__gt=at - rules.WITHIN)
        if lately.count() >= rules.CODES or today.count() >= rules.CODES_A_DAY:
            return None
        code = "".join(secrets.choice("0123456789") for _ in range(rules.DIGITS))
        row = SignInCode.objects.create(
            customer=customer,
            purpose=purpose,
            digest=_digest(code, customer, purpose),
            made_at=at,
            expires_at=at + rules.HOLDS_FOR,
        )
        queue_message(
            customer,
            content=LETTERS[purpose],
            purpose="",
            kind="sign_in",
            facts={"code": code},
            key=f"sign-in-code:{row.pk}",
            at=at,
            to=email.strip().lower(),
        )
    return row


def use_code(email: str, code: str, *, at: datetime, purpose: str = "sign_in") -> Customer:
    """Return whose code this is, and let it work no more.

    Refuses a wrong one, one that is over or used, the sixth try, and who tried too often in a day; it
    never says which it was. A try counts before it is looked at, so that many at once are no more.
    """
    customer = customer_of_address(email)
    if customer is None:
        raise SignInCodeRefused()
    wanted = _digest(rules.tidy_digits(code), customer, purpose)
    if not _is_right(customer, purpose, wanted, at=at):
        raise SignInCodeRefused()
    tell(
        "erasure_confirmed" if purpose == SignInCode.Purpose.ERASE else "member_signed_in",
        at=at,
        actor="member",
        subject="customer",
        subject_id=customer.pk,
    )
    return customer


def _is_right(customer: Customer, purpose: str, wanted: str, *, at: datetime) -> bool:
    """Count a try at every code that holds, then say whether one is right and use it up."""
    today = SignInCode.objects.filter(customer=customer, made_at__gt=at - rules.DAY)
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        if (today.aggregate(all=Sum("tries"))["all"] or 0) >= rules.TRIES_A_DAY:
            return False
        holding = today.filter(purpose=purpose, used_at=None, expires_at__gt=at)
        tried = list(holding.filter(tries__lt=rules.TRIES).values_list("pk", flat=True))
        rows = SignInCode.objects.filter(pk__in=tried)
        rows.update(tries=F("tries") + 1)
        return bool(rows.filter(digest=wanted).update(used_at=at))


def _digest(code: str, customer: Customer, purpose: str) -> str:
    secret = str(settings.SECRET_KEY).encode()
    return rules.digest(code, customer=customer.pk, purpose=purpose, secret=secret)


def forget_codes(*, at: datetime) -> int:
    """Throw codes away that hold no longer, after a day; returns how many."""
    old = SignInCode.objects.filter(expires_at__lt=at - timedelta(days=1))
    return old.delete()[0]
