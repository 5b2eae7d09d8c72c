"""What staff fill in about a series: when a contact comes, over what, for which offer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Campaign, Step
from stamgast.campaigns.rules import StepPlan
from stamgast.kernel import Money
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer.campaigns.contact_texts import EDITORS
from stamgast.web.marketer.campaigns.series_words import channel_word, name_of


class ContactForm(forms.Form):
    """When a contact comes, over which channel, for which offer, and what it costs."""

    wait_days = forms.IntegerField(label=_("Days after the one before"), min_value=0, max_value=365)
    channel = forms.ChoiceField(label=_("Through"))
    offer = forms.ChoiceField(label=_("For"), required=False)
    cost = NumberField(
        label=_("What one contact costs"),
        min_value=0,
        max_value=Decimal(10**4),
        decimal_places=2,
    )

    def __init__(self, campaign: Campaign, place: int, data: Any = None, **options: Any) -> None:
        super().__init__(data, auto_id=f"contact-{place}-%s", **options)
        self._choose("channel", [(name, channel_word(name)) for name in EDITORS])
        offers = list(campaign.offers.order_by("position", "pk"))
        if len(offers) > 1:
            every = [("", _("whatever they get"))]
            self._choose("offer", [*every, *((one.code, name_of(one)) for one in offers)])
        else:
            del self.fields["offer"]

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @classmethod
    def of(cls, campaign: Campaign, step: Step, currency: str) -> ContactForm:
        """Show what a contact is now."""
        return cls(
            campaign,
            step.position,
            initial={
                "wait_days": step.wait_days,
                "channel": step.channel,
                "offer": step.offer.code if step.offer else "",
                "cost": Money(step.cost_minor, currency).amount,
            },
        )

    def facts(self, before: StepPlan, currency: str) -> dict[str, Any]:
        """Return what changes of the contact, as a plan has it."""
        filled = self.cleaned_data
        return {
            "wait_days": filled["wait_days"],
            "channel": filled["channel"],
            "offer": filled.get("offer", before.offer),
            "cost_minor": Money.of(filled["cost"], currency).minor,
        }
