"""What staff fill in about a campaign: its goal, what it gives, what it says, its control group."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.channels.site import PARTS
from stamgast.campaigns.channels.texts import LONGEST
from stamgast.campaigns.models import Campaign, CodeList, Offer
from stamgast.campaigns.rules import OfferPlan
from stamgast.kernel import Money
from stamgast.loyalty.models.codes import CodeSet
from stamgast.loyalty.models.rewards import Reward
from stamgast.strategy.models import Goal
from stamgast.web.design.fields import NumberField
from stamgast.web.marketer.care_forms import Day

NOTATIONS = ["%Y-%m-%d", "%d-%m-%Y"]
KINDS = [
    (Offer.Kind.TEXT, _("A message, and nothing more")),
    (Offer.Kind.DISCOUNT_CODE, _("A discount code of our own")),
    (Offer.Kind.GIFT, _("A gift")),
    (Offer.Kind.POINTS, _("Points of the programme")),
    (Offer.Kind.REWARD, _("A reward of the programme")),
]
RHYTHMS = [
    (Campaign.Rhythm.ONCE, _("Once, to everyone who is in it now")),
    (Campaign.Rhythm.DAILY, _("Every day, to everyone who comes into it")),
    (Campaign.Rhythm.ON_EVENT, _("When something happens")),
]
TRIGGERS = [
    ("", _("Nothing")),
    ("ordered", _("they place an order")),
    ("complaint_closed", _("their complaint is closed")),
    ("question_answered", _("they answer a question")),
]


class ChooseGoalForm(forms.Form):
    """Which goal it serves."""

    goal = forms.ModelChoiceField(
        label=_("It serves this goal"), queryset=Goal.objects.none(), empty_label=None
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        open_goals = Goal.objects.filter(status=Goal.Status.OPEN).order_by("-pk")
        field = self.fields["goal"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = open_goals


class NewGoalForm(forms.Form):
    """A goal in three questions: keep or deepen, by when, for how much."""

    direction = forms.ChoiceField(
        label=_("What do you want?"),
        choices=[
            ("keep", _("Keep customers who might leave")),
            ("deepen", _("Deepen the loyalty of customers who stay")),
        ],
    )
    due_on = forms.DateField(label=_("By when?"), widget=Day(), input_formats=NOTATIONS)
    budget = NumberField(
        label=_("For how much at most?"),
        min_value=Decimal(1),
        max_value=Decimal(10**9),
        decimal_places=2,
    )

    @classmethod
    def usual(cls, today: date) -> NewGoalForm:
        """Offer half a year and a modest budget."""
        return cls(
            initial={"direction": "keep", "due_on": today + timedelta(days=182), "budget": 500}
        )


class Named(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of what is called by its name."""

    def label_from_instance(self, row: Any) -> str:
        return str(row.name)


class OfferForm(forms.Form):
    """What a campaign gives, and what that costs at most."""

    kind = forms.ChoiceField(label=_("What they get"), choices=KINDS)
    title_nl = forms.CharField(
        label=_("The offer in Dutch"),
        required=False,
        max_length=200,
        help_text=_("It stands in the mail as {{ offer.title }}."),
    )
    title_en = forms.CharField(label=_("The offer in English"), required=False, max_length=200)
    cost = NumberField(
        label=_("What it costs per customer at most"),
        min_value=0,
        max_value=Decimal(10**6),
        decimal_places=2,
        help_text=_("Of a discount: the most it may be. So much is set aside for each of them."),
    )
    share = forms.IntegerField(
        label=_("How many lots it has"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=_("Two offers with one lot each go to as many customers."),
    )
    valid_days = forms.IntegerField(label=_("It holds for, in days"), min_value=1, max_value=730)
    code_list = forms.ModelChoiceField(
        label=_("List of codes"),
        queryset=CodeList.objects.order_by("-pk"),
        required=False,
        empty_label=_("none yet"),
    )
    new_codes = forms.CharField(
        label=_("Or paste new codes here"),
        required=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One per line, made in your web shop, each usable once. Each customer gets one."
        ),
    )
    codes_file = forms.FileField(label=_("Or a file with codes (CSV)"), required=False)

    code_set = Named(
        label=_("Or codes that the programme makes"),
        queryset=CodeSet.objects.filter(closed_at=None).order_by("-pk"),
        required=False,
        empty_label=_("none"),
    )
    points = forms.IntegerField(
        label=_("How many points"), required=False, min_value=1, max_value=1_000_000
    )
    reward = Named(
        label=_("Which reward"),
        queryset=Reward.objects.filter(closed_at=None).order_by("name", "pk"),
        required=False,
        empty_label=_("none"),
        help_text=_("Points and rewards go to members of the programme alone."),
    )

    def __init__(self, *given: Any, is_one_of: int = 1, **options: Any) -> None:
        super().__init__(*given, **options)
        if is_one_of == 1:
            del self.fields["share"]

    def plan(self, before: OfferPlan, currency: str) -> OfferPlan:
        """Return the offer as it was filled in."""
        filled = self.cleaned_data
        facts = {name: fact for name, fact in before.facts.items() if name != "points"}
        if filled["points"]:
            facts["points"] = filled["points"]
        return replace(
            before,
            kind=filled["kind"],
            title={"nl": filled["title_nl"], "en": filled["title_en"]},
            share=filled.get("share") or before.share,
            cost_minor=Money.of(filled["cost"], currency).minor,
            valid_days=filled["valid_days"],
            facts=facts,
            code_list=_number_of(filled["code_list"]),
            code_set=_number_of(filled["code_set"]),
            reward=_number_of(filled["reward"]),
        )

    @classmethod
    def of(cls, offer: Offer, currency: str, *, is_one_of: int = 1) -> OfferForm:
        """Show what the campaign gives now."""
        return cls(
            is_one_of=is_one_of,
            auto_id=f"{offer.code}-%s",
            initial={
                "share": offer.share,
                "kind": offer.kind,
                "title_nl": offer.title.get("nl", ""),
                "title_en": offer.title.get("en", ""),
                "cost": Money(offer.cost_minor, currency).amount,
                "valid_days": offer.valid_days,
                "code_list": offer.code_list_id,
                "code_set": offer.code_set_id,
                "points": offer.facts.get("points"),
                "reward": offer.reward_id,
            },
        )


def _number_of(row: Any) -> int | None:
    return row.pk if row else None


class PlainTextForm(forms.Form):
    """What is said in one language, as plain text."""

    text = forms.CharField(
        label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 8})
    )

    def __init__(
        self, document: dict[str, Any], data: Any = None, *, auto_id: str = "text-%s"
    ) -> None:
        super().__init__(data, initial={"text": document.get("text", "")}, auto_id=auto_id)

    def document(self) -> dict[str, Any]:
        """Return the text as it was filled in."""
        return {"text": self.cleaned_data["text"].replace("\r\n", "\n")}


class TextForm(forms.Form):
    """What the mail says in one language: every part of it in place."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    preheader = forms.CharField(label=_("Line below the subject"), max_length=200, required=False)
    why = forms.CharField(label=_("Why they get it"), max_length=300, required=False)

    def __init__(
        self, document: dict[str, Any], data: Any = None, *, auto_id: str = "text-%s"
    ) -> None:
        self.blocks = document.get("blocks", [])
        initial = {name: document.get(name, "") for name in ("subject", "preheader", "why")}
        for place, block in enumerate(self.blocks):
            initial[f"text_{place}"] = block.get("text", "")
            initial[f"url_{place}"] = block.get("url", "")
        super().__init__(data, initial=initial, auto_id=auto_id)
        for place, block in enumerate(self.blocks):
            self._ask(place, block["kind"])

    def _ask(self, place: int, kind: str) -> None:
        if kind == "divider":
            return
        is_long = kind == "text"
        widget = forms.Textarea(attrs={"rows": 3}) if is_long else forms.TextInput()
        self.fields[f"text_{place}"] = forms.CharField(
            label=BLOCKS[kind], required=False, max_length=8000, widget=widget
        )
        if kind == "button":
            self.fields[f"url_{place}"] = forms.CharField(
                label=_("Where the button leads"), required=False, max_length=1000
            )

    def document(self) -> dict[str, Any]:
        """Return the text as it was filled in; a part that was emptied is gone."""
        filled = {name: self.cleaned_data[name] for name in ("subject", "preheader", "why")}
        blocks = []
        for place, block in enumerate(self.blocks):
            text = self.cleaned_data.get(f"text_{place}", "").replace("\r\n", "\n")
            if block["kind"] != "divider" and not text.strip():
                continue
            changed = {**block, "text": text} if block["kind"] != "divider" else dict(block)
            if block["kind"] == "button":
                changed["url"] = self.cleaned_data.get(f"url_{place}", "")
            blocks.append(changed)
        return {**filled, "blocks": blocks}


BLOCKS = {
    "heading": _("Heading"),
    "text": _("Text"),
    "button": _("Words on the button"),
    "code": _("The code"),
    "picture": _("What the picture shows"),
}


class SiteForm(forms.Form):
    """What is shown on the site in one language."""

    title = forms.CharField(label=_("Heading"), max_length=PARTS["title"])
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=PARTS["text"],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    button = forms.CharField(
        label=_("Words on the button"), required=False, max_length=PARTS["button"]
    )
    url = forms.CharField(
        label=_("Where the button leads"), required=False, max_length=PARTS["url"]
    )

    def __init__(self, document: dict[str, Any], data: Any = None, **options: Any) -> None:
        super().__init__(data, initial=dict(document), **options)

    def document(self) -> dict[str, Any]:
        """Return the text as it was filled in."""
        return dict(self.cleaned_data)


class RhythmForm(forms.Form):
    """When it looks for customers."""

    rhythm = forms.ChoiceField(label=_("When"), choices=RHYTHMS)
    trigger = forms.ChoiceField(label=_("What starts it"), choices=TRIGGERS, required=False)
    starts_on = forms.DateField(
        label=_("Not before"), required=False, widget=Day(), input_formats=NOTATIONS
    )
    most_customers = forms.IntegerField(
        label=_("At most so many customers at a time"), required=False, min_value=1
    )

    @classmethod
    def of(cls, campaign: Campaign) -> RhythmForm:
        """Show when the campaign looks now."""
        names = ("rhythm", "trigger", "starts_on", "most_customers")
        return cls(initial={name: getattr(campaign, name) for name in names})


class ControlForm(forms.Form):
    """How many by lot get nothing, and how long an effect is waited for."""

    control = forms.IntegerField(label=_("Control group, in percent"), min_value=1, max_value=90)
    window_days = forms.IntegerField(
        label=_("Wait so many days for an effect"), min_value=1, max_value=365
    )
    pool = forms.CharField(
        label=_("Judged together with others named"),
        required=False,
        max_length=80,
        help_text=_(
            "Campaigns with the same name here have one verdict together, besides their own. Change it "
            "when what you offer is no longer the same; leave it empty to judge this one alone."
        ),
    )


class NameForm(forms.Form):
    """What the campaign is called."""

    name = forms.CharField(label=_("Name"), max_length=120)


class CodesForm(forms.Form):
    """A new list of codes, or more for one that is there."""

    name = forms.CharField(label=_("Name of the list"), max_length=80)
    codes = forms.CharField(
        label=_("Codes, one per line"),
        required=False,
        max_length=20_000_000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    codes_file = forms.FileField(label=_("Or a file with codes (CSV)"), required=False)


def pasted_or_uploaded(pasted: str, file: Any) -> str:
    """Return codes as they were pasted, else as the file has them."""
    return pasted or (file.read().decode("utf-8", errors="replace") if file else "")
