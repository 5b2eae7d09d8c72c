"""What a contact over another channel than mail is besides its texts: consent, address, hours, tries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.channels.call import MOST_TRIES
from stamgast.campaigns.channels.hours import USUAL
from stamgast.campaigns.channels.webhook import BY_LIST
from stamgast.loyalty.models import WebhookEndpoint
from stamgast.web.words import CHANNELS


def endpoints() -> list[tuple[int, str]]:
    """Return the programs that contacts can be told to."""
    rows = WebhookEndpoint.objects.filter(is_active=True, hears=WebhookEndpoint.Hears.CONTACTS)
    return list(rows.order_by("pk").values_list("pk", "url"))


class _Settings(forms.Form):
    def __init__(self, content: Mapping[str, Any], data: Any = None, **options: Any) -> None:
        super().__init__(data, initial=self.shown(content), **options)

    def shown(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields as the content has them."""
        return dict(content)

    def changes(self) -> dict[str, Any]:
        """Return what becomes of the content."""
        return dict(self.cleaned_data)


class _Told(_Settings):
    """Through which consent, and which program is told."""

    consent = forms.ChoiceField(label=_("They allowed"), choices=list(CHANNELS.items()))
    endpoint = forms.TypedChoiceField(
        label=_("Told to"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, content: Mapping[str, Any], data: Any = None, **options: Any) -> None:
        super().__init__(content, data, **options)
        field = self.fields["endpoint"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*self.none, *endpoints()]

    none: tuple[tuple[str, Any], ...] = ()


class WebhookSettings(_Told):
    """A contact that a program makes."""


class ListSettings(_Told):
    """A list: told to a program, or made by a colleague."""

    consent = forms.ChoiceField(
        label=_("They allowed"), choices=[(one, CHANNELS[one]) for one in BY_LIST]
    )
    none = (("", _("nobody: a colleague makes the list")),)


class CallSettings(_Settings):
    """When is called, and how often."""

    tries = forms.IntegerField(label=_("Number of tries"), min_value=1, max_value=MOST_TRIES)
    first = forms.TimeField(label=_("On working days from"))
    last = forms.TimeField(label=_("On working days until"))
    on_saturday = forms.BooleanField(label=_("Also on Saturday, 10:00 to 16:00"), required=False)

    def shown(self, content: Mapping[str, Any]) -> dict[str, Any]:
        hours = content.get("hours", USUAL)
        first, last = hours.get("weekdays") or USUAL["weekdays"]
        return {
            "tries": content.get("tries", 3),
            "first": time.fromisoformat(first),
            "last": time.fromisoformat(last),
            "on_saturday": bool(hours.get("saturday")),
        }

    def changes(self) -> dict[str, Any]:
        said = self.cleaned_data
        hours = {"weekdays": [f"{said['first']:%H:%M}", f"{said['last']:%H:%M}"]}
        if said["on_saturday"]:
            hours["saturday"] = list(USUAL["saturday"])
        return {"tries": said["tries"], "hours": hours}
