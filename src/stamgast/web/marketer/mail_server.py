"""The mail server, how much and when we send, and trying it out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.mail import actions, configuration
from stamgast.mail.hooks import USER
from stamgast.mail.letter import Stationery
from stamgast.mail.models import MailSettings
from stamgast.mail.providers import PROVIDERS
from stamgast.mail.trying import Tried, try_server
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.mail_frame import show
from stamgast.web.marketer.mail_words import TROUBLES
from stamgast.web.refusals import sentence

_SERVER = ("provider", "host", "port", "security", "user")
_PACE = ("most_per_minute", "most_contacts", "within_days", "quiet_from", "quiet_until")
FIELDS = (*_SERVER, "public_address", *_PACE)


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


class ServerForm(forms.Form):
    provider = forms.ChoiceField(
        label=_("How mail leaves"),
        required=False,
        choices=[
            ("", _("through a mail server (SMTP)")),
            *((code, one.name) for code, one in PROVIDERS.items()),
        ],
        help_text=_(
            "A provider chosen here is asked over its own interface; then only the key counts."
        ),
    )
    host = forms.CharField(
        label=_("Mail server"),
        max_length=200,
        required=False,
        help_text=_("The SMTP server of your mail provider, such as smtp.provider.example."),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            (MailSettings.Security.STARTTLS, _("STARTTLS, usually port 587")),
            (MailSettings.Security.TLS, _("TLS from the start, usually port 465")),
            (MailSettings.Security.NONE, _("none: only inside your own network")),
        ],
    )
    user = forms.CharField(
        label=_("User name"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        help_text=_(
            "At Mailgun the domain you send from, at Mailjet the API key, at Postmark the message "
            "stream if you have several; at the other providers nothing."
        ),
    )
    password = forms.CharField(
        label=_("Password, or key of the provider"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Never shown again, and in no backup. Leave empty to keep the one there is."),
    )
    public_address = forms.URLField(
        label=_("Where customers reach this Stamgast"),
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text=_(
            "Links in mail lead there: unsubscribing needs it. Such as https://mail.shop.nl."
        ),
    )
    most_per_minute = forms.IntegerField(
        label=_("Messages a minute, at most"),
        min_value=0,
        max_value=100_000,
        help_text=_("What your provider allows; 0 is as fast as it goes."),
    )
    most_contacts = forms.IntegerField(
        label=_("Messages per customer, at most"),
        min_value=0,
        max_value=1000,
        help_text=_("Offers, news and questions together, over all campaigns. The rest waits."),
    )
    within_days = forms.IntegerField(
        label=pgettext_lazy("messages", "In so many days"), min_value=1, max_value=366
    )
    quiet_from = _clock(_("Quiet from"))
    quiet_until = _clock(_("Quiet until"))


@page("edit settings")
@require_http_methods(["GET", "POST"])
def mail_server(request: StaffRequest) -> HttpResponse:
    """Show and change the mail server and the pace; the password is never shown."""
    held = configuration.mail_settings()
    initial: dict[str, Any] = {field: getattr(held, field) for field in FIELDS}
    if not held.public_address and request.is_secure():
        initial["public_address"] = request.build_absolute_uri("/").rstrip("/")
    form = ServerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        given["password"] = given["password"] or (
            None if given["user"] or given["provider"] else ""
        )
        try:
            actions.change_mail_settings(at=request.at, by=request.user, **given)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            say(request, gettext("The mail settings were changed. Try them out."))
            return redirect("mail_server")
    return _shown(request, form, status=422 if form.errors else 200)


def _shown(
    request: StaffRequest,
    form: ServerForm,
    *,
    tried: Tried | None = None,
    hook: str = "",
    status: int = 200,
) -> HttpResponse:
    server = configuration.server()
    facts = {
        "form": form,
        "server": server,
        "through": PROVIDERS[server.provider].name if server and server.provider else "",
        "has_hook": bool(configuration.hook_secret()),
        "hook": hook,
        "is_of_machine": bool(settings.SMTP_URL),
        "has_password": bool(configuration.read_password()),
        "tried": tried,
        "sentence": TROUBLES.get(tried.code, tried.code) if tried else "",
        "quiet": ("quiet_from", "quiet_until"),
    }
    return show(request, "server.html", facts, status=status)


@page("edit settings")
@require_POST
def try_mail_server(request: StaffRequest) -> HttpResponse:
    """Send oneself a message at once, and say honestly how it went."""
    mail = configuration.mail_settings()
    tried = try_server(
        configuration.server(mail),
        Stationery(configuration.brand(), mail, request.shop),
        to=request.user.email,
        language=get_language() or "en",
        text=gettext("This message shows that mail of Stamgast arrives."),
        at=request.at,
    )
    return _shown(request, _form_of(mail), tried=tried)


@page("edit settings")
@require_POST
def make_mail_hook(request: StaffRequest) -> HttpResponse:
    """Make a new secret for the provider's calls, and show the address with it this once."""
    mail = configuration.mail_settings()
    server = configuration.server(mail)
    if server is None or not server.provider:
        raise Http404
    secret = actions.make_hook_secret(at=request.at, by=request.user)
    base = urlsplit(mail.public_address or request.build_absolute_uri("/"))
    place = f"{base.path.rstrip('/')}{reverse('mail_hook', args=[server.provider])}"
    hook = base._replace(netloc=f"{USER}:{secret}@{base.netloc}", path=place).geturl()
    return _shown(request, _form_of(mail), hook=hook)


def _form_of(mail: MailSettings) -> ServerForm:
    return ServerForm(initial={field: getattr(mail, field) for field in FIELDS})
