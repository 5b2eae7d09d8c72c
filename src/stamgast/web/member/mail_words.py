"""What customers may choose to hear from us, in their own words: also what is kept as its wording."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.customers.models import Customer
from stamgast.customers.queries import current_consents

# Per channel and purpose: what one says yes to.
WORDINGS: dict[tuple[str, str], str | Promise] = {
    ("email", "offers"): _("%(shop)s may mail me offers."),
    ("email", "news"): _("%(shop)s may mail me news."),
    ("email", "survey"): _("%(shop)s may mail me a question now and then."),
    ("email", "tracking"): _("%(shop)s may see which links in its mail I follow."),
    ("phone", "offers"): _("%(shop)s may call me about offers."),
    ("sms", "offers"): _("%(shop)s may text me offers."),
    ("post", "offers"): _("%(shop)s may send me offers by post."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a customer may allow."""

    key: tuple[str, str]
    wording: str
    is_allowed: bool

    @property
    def name(self) -> str:
        return "-".join(self.key)


def choices_of(customer: Customer, shop: str) -> list[Choice]:
    """Return what this customer can choose: channels over which we could reach them."""
    reachable = {
        "email": customer.email,
        "phone": customer.phone,
        "sms": customer.phone,
        "post": customer.postcode and customer.house_number,
    }
    said = current_consents(customer)
    return [
        Choice(
            key=key,
            wording=str(words) % {"shop": shop or gettext("our shop")},
            is_allowed=key in said and said[key].is_granted,
        )
        for key, words in WORDINGS.items()
        if reachable[key[0]]
    ]
