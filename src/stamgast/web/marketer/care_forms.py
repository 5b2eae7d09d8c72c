"""What staff fill in about a customer: talks, complaints, tasks and consents."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.customers.models import Consent, Interaction
from stamgast.staff.models import User
from stamgast.web.words import BASES, CHANNELS, PURPOSES

LONGEST = 5000
_NOTATIONS = ["%Y-%m-%d", "%d-%m-%Y"]

if TYPE_CHECKING:
    _UserChoice = forms.ModelChoiceField[User]
else:
    _UserChoice = forms.ModelChoiceField


class Day(forms.DateInput):
    """A date field that opens the browser's own calendar."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


def _text(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
    )


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=Day(), input_formats=_NOTATIONS, **options
    )


class _OwnerField(_UserChoice):
    """A colleague; whoever left is no choice."""

    def __init__(self, label: Any, *, required: bool = True) -> None:
        active = User.objects.filter(is_active=True).order_by("name")
        super().__init__(active, label=label, required=required)


class CareForm(forms.Form):
    """Something to fill in about a customer; ids begin with the form's own name."""

    def __init__(self, *given: Any, user: User, today: date, **options: Any) -> None:
        self.today = today
        name = type(self).__name__.removesuffix("Form").lower()
        options = {"auto_id": f"{name}-%s", "initial": self.usual(user, today), **options}
        super().__init__(*given, **options)

    def usual(self, user: User, today: date) -> dict[str, Any]:
        """What one would mostly fill in."""
        return {}


class NoteForm(CareForm):
    """Something worth remembering."""

    text = _text(_("Note"))


class TalkForm(CareForm):
    """A talk: over which channel, who began, and what was said."""

    kind = forms.ChoiceField(
        label=_("How"),
        choices=[
            (Interaction.Kind.CALL, _("by phone")),
            (Interaction.Kind.EMAIL, _("by e-mail")),
            (Interaction.Kind.VISIT, _("face to face")),
        ],
    )
    is_ours = forms.ChoiceField(
        label=_("Who began"), choices=[("no", _("the customer")), ("yes", _("we did"))]
    )
    text = _text(_("What was said"))

    def clean_is_ours(self) -> bool:
        return bool(self.cleaned_data["is_ours"] == "yes")


class ComplaintForm(CareForm):
    """A complaint, who solves it and by when."""

    text = _text(_("What went wrong"))
    order_number = forms.CharField(label=_("Order number"), max_length=64, required=False)
    owner = _OwnerField(_("Who solves it"))
    due = _day(_("Solved by"))

    def usual(self, user: User, today: date) -> dict[str, Any]:
        return {"owner": user.pk, "due": today + timedelta(days=7)}


class TaskForm(CareForm):
    """A promise: what, who and by when."""

    title = forms.CharField(label=_("What has to be done"), max_length=200)
    owner = _OwnerField(_("Who does it"))
    due = _day(_("Done by"))

    def usual(self, user: User, today: date) -> dict[str, Any]:
        return {"owner": user.pk, "due": today + timedelta(days=1)}


class LaterForm(CareForm):
    """When to take the next step instead of now."""

    due = forms.DateField(label=_("On"), widget=Day(), input_formats=_NOTATIONS)

    def usual(self, user: User, today: date) -> dict[str, Any]:
        return {"due": today + timedelta(days=7)}


class OtherwiseForm(CareForm):
    """Why something else fits this customer better."""

    text = forms.CharField(label=_("Why, or what instead"), max_length=LONGEST)


class ConsentForm(CareForm):
    """What a customer allows or withdraws, in whose words, and where it was said."""

    channel = forms.ChoiceField(label=_("Channel"), choices=list(CHANNELS.items()))
    purpose = forms.ChoiceField(label=_("For"), choices=list(PURPOSES.items()))
    is_granted = forms.ChoiceField(
        label=_("The customer"),
        choices=[("yes", _("allows it")), ("no", _("does not want it"))],
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        label=_("Where was it said"),
        max_length=120,
        help_text=_("By phone, in the shop, in a letter."),
    )
    wording = forms.CharField(label=_("In these words"), max_length=300, required=False)
    basis = forms.ChoiceField(
        label=_("On what ground"), choices=list(BASES.items()), initial=Consent.Basis.OPT_IN
    )
    order_number = forms.CharField(
        label=_("Order number"),
        max_length=64,
        required=False,
        help_text=_("Needed for a customer of similar products: the sale it rests on."),
    )
    said_on = _day(_("Said on"), help_text=_("Leave empty for today."))

    def clean_is_granted(self) -> bool:
        return bool(self.cleaned_data["is_granted"] == "yes")

    def clean_said_on(self) -> datetime | None:
        """A day of the past counts from its last moment; today is now."""
        day: date | None = self.cleaned_data["said_on"]
        if day is None or day == self.today:
            return None
        if day > self.today:
            raise forms.ValidationError(gettext("This day is still to come."))
        return timezone.make_aware(datetime.combine(day, time(23, 59)))


class AssignForm(forms.Form):
    """Who solves a complaint from now on, and by when."""

    owner = _OwnerField(_("Who solves it"), required=False)
    due = _day(_("Solved by"))


class CloseForm(forms.Form):
    """What came of a complaint."""

    outcome = forms.CharField(label=_("What came of it"), max_length=300)
