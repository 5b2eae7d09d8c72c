"""What a discount code gives, as one says it."""

from __future__ import annotations

from django.utils.translation import gettext

from stamgast.loyalty.models import CodeSet
from stamgast.web.design.tags import money, percent
from stamgast.web.words import word_of


def gives(code_set: CodeSet) -> str:
    """Say what the codes of a set give: how much off, or which kind of code they are."""
    if code_set.percent is not None:
        decimals = 0 if code_set.percent == int(code_set.percent) else 1
        off = percent(float(code_set.percent) / 100, decimals)
    elif code_set.amount_minor:
        off = money(code_set.amount_minor, code_set.currency)
    else:
        return word_of("code_kind", code_set.kind)
    return gettext("%(amount)s off") % {"amount": off}
