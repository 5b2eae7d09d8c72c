"""What a campaign gives and says: the offer, its codes, and the mail edited in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from csp.constants import NONE, SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.channels import channel_of
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.facts import facts_for, sample_code
from stamgast.campaigns.models import Campaign, Code, Offer, Step
from stamgast.campaigns.rules import MOST_OFFERS, MOST_STEPS, OfferPlan
from stamgast.customers.models import Customer
from stamgast.customers.queries import find
from stamgast.kernel import Refusal
from stamgast.mail import content as contents
from stamgast.mail.actions import send_test
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.campaigns import series_words as words
from stamgast.web.marketer.campaigns.contact_texts import settings_form, text_form
from stamgast.web.marketer.campaigns.forms import OfferForm, pasted_or_uploaded
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
from stamgast.web.marketer.campaigns.series_forms import ContactForm
from stamgast.web.marketer.campaigns.series_kept import keep, remember, said
from stamgast.web.marketer.campaigns.who import menu
from stamgast.web.marketer.writing import tried
from stamgast.web.refusals import sentence

# What the text of a mail may name, as one writes it.
FILLED_IN: Final = tuple(
    f"{{{{ {name} }}}}"
    for name in (
        "greeting", "customer.first_name", "customer.full_name", "customer.city", "shop.name",
        "offer.title", "offer.code", "offer.until | day", "offer.url",
    )
)  # fmt: skip
LANGUAGES: Final = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Chosen:
    """Which contact is shown, as one offer gives it, in which language."""

    contact: Step
    offer: Offer
    language: str

    @property
    def query(self) -> str:
        """Return the same choice for an address."""
        asked = {
            "contact": self.contact.position,
            "offer": self.offer.code,
            "language": self.language,
        }
        return urlencode(asked)


@csp_update({"frame-src": [SELF]})  # type: ignore[untyped-decorator]
def step(
    request: StaffRequest,
    campaign: Campaign,
    facts: dict[str, Any],
    *,
    wrong_contact: int = 0,
    contact_form: ContactForm | None = None,
    wrong_offer: str = "",
    offer_form: OfferForm | None = None,
    **forms: Any,
) -> HttpResponse:
    """Show the offers and the contacts, beside how a customer would read the one that is chosen."""
    currency, chosen = request.shop.currency, chosen_of(campaign, request)
    contacts = words.contacts_shown(campaign, currency)
    offers = words.offers_shown(campaign, currency)
    contact = chosen.contact
    shown = {
        **facts,
        "headline": words.headline(campaign, currency),
        "offers": [
            (
                one,
                offer_form
                if one.row.code == wrong_offer
                else OfferForm.of(one.row, currency, is_one_of=len(offers)),
            )
            for one in offers
        ],
        "contacts": [
            (
                one,
                contact_form
                if one.row.position == wrong_contact
                else ContactForm.of(campaign, one.row, currency),
            )
            for one in contacts
        ],
        "wrong_contact": wrong_contact,
        "wrong_offer": wrong_offer,
        "chosen": chosen,
        "chosen_shown": next(one for one in contacts if one.row == contact),
        "menu": menu(),
        "may_add_offer": len(offers) < MOST_OFFERS,
        "may_add_contact": len(contacts) < MOST_STEPS,
        "text_form": text_form(contact.channel, contact.content.get(chosen.language, {}))
        if chosen.language in contact.content
        else None,
        "settings_form": settings_form(contact.channel, contact.content),
        "language": chosen.language,
        "languages": [(code, LANGUAGES[code]) for code in contact.content if code in LANGUAGES],
        "readers": _readers(campaign, request),
        "reader": _reader(campaign, request),
        "free_codes": sum(_free(one.row) for one in offers),
        "gives_codes": any(one.row.kind == Offer.Kind.DISCOUNT_CODE for one in offers),
        "website": request.shop.website,
        "names": FILLED_IN,
        **forms,
    }
    is_wrong = bool(forms or wrong_contact or wrong_offer)
    return render(request, "campaigns/offer.html", shown, status=422 if is_wrong else 200)


def again(request: StaffRequest, row: Campaign, **forms: Any) -> HttpResponse:
    """Show the page with what was filled in wrongly."""
    shown: HttpResponse = step(request, row, frame(row, "offer"), **forms)
    return shown


def chosen_of(campaign: Campaign, request: StaffRequest) -> Chosen:
    """Return which contact was asked for, the first unless another was, as which offer gives it."""
    steps = list(campaign.steps.select_related("offer").order_by("position", "pk"))
    offers = list(campaign.offers.select_related("code_list").order_by("position", "pk"))
    asked = {**request.GET.dict(), **request.POST.dict()}
    contact = next((one for one in steps if str(one.position) == asked.get("contact")), steps[0])
    offer = contact.offer or next(
        (one for one in offers if one.code == asked.get("offer")), offers[0]
    )
    return Chosen(contact, offer, _language(request, contact, str(asked.get("language", ""))))


def _free(offer: Offer) -> int:
    return Code.objects.filter(list=offer.code_list_id, handed_at=None).count()


def _language(request: StaffRequest, mail: Step, asked: str) -> str:
    if asked in mail.content and asked in LANGUAGES:
        return asked
    own = request.shop.language
    return own if own in mail.content else next((c for c in mail.content if c in LANGUAGES), "nl")


def _readers(campaign: Campaign, request: StaffRequest) -> list[Customer]:
    """Return some of those who would get it, to read the mail as."""
    ids = members(campaign.audience, looking(request.at))[:50]
    may = eligible(campaign, ids, request.at).may[:8]
    return list(Customer.objects.filter(pk__in=may or ids[:8]).order_by("pk"))


def _reader(campaign: Campaign, request: StaffRequest) -> Customer | None:
    """Return whom the mail is shown for: who was asked for, else the first in the audience."""
    asked = request.GET.get("customer", "")
    if asked.isdigit() and len(asked) < 18:
        return Customer.objects.filter(pk=asked, erased_at=None, merged_into=None).first()
    if asked:
        found = find(asked, limit=1)
        return found[0] if found else None
    return next(iter(_readers(campaign, request)), None)


@page("write campaigns")
@require_POST
def change_offer(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what an offer of the campaign gives; new codes come in with it."""
    row = campaign_of(pk)
    offers, steps = plans_of(row)
    arm = request.POST.get("arm") or offers[0].code
    before = next((one for one in offers if one.code == arm), None)
    if before is None:
        raise Http404
    form = OfferForm(
        request.POST, request.FILES, is_one_of=len(offers), auto_id=f"{before.code}-%s"
    )
    if tried(form, lambda: _change_offer(row, form, request, before)) is None:
        return again(request, row, wrong_offer=arm, offer_form=form)
    remember(request, row, offers, steps)
    return said(request, row, gettext("Kept."))


def _change_offer(
    row: Campaign, form: OfferForm, request: StaffRequest, before: OfferPlan
) -> Campaign:
    facts, plan = form.cleaned_data, form.plan(before, request.shop.currency)
    new_codes = pasted_or_uploaded(facts["new_codes"], facts["codes_file"])
    return actions.change_offer(row, plan, new_codes=new_codes, at=request.at, by=request.user)


@page("write campaigns")
@require_POST
def change_text(request: StaffRequest, pk: int, language: str) -> HttpResponse:
    """Change what a contact says in one language."""
    row = campaign_of(pk)
    contact = chosen_of(row, request).contact
    if language not in LANGUAGES or language not in contact.content:
        raise Http404
    form = text_form(contact.channel, contact.content[language], request.POST)
    if form is None:
        raise Http404

    def change() -> Campaign:
        _, steps = plans_of(row)
        content = {**contact.content, language: form.document()}
        place = contact.position - 1
        steps[place] = replace(steps[place], content=content)
        return keep(request, row, steps=steps)

    if tried(form, change) is None:
        return again(request, row, text_form=form)
    return said(request, row, gettext("Kept."), contact=contact.position, language=language)


@page("write campaigns")
@require_POST
def change_settings(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what a contact is besides its texts."""
    row = campaign_of(pk)
    contact = chosen_of(row, request).contact
    form = settings_form(contact.channel, contact.content, request.POST)
    if form is None:
        raise Http404

    def change() -> Campaign:
        _, steps = plans_of(row)
        place = contact.position - 1
        content = {**contact.content, **form.changes()}
        steps[place] = replace(steps[place], content=content)
        return keep(request, row, steps=steps)

    if tried(form, change) is None:
        return again(request, row, settings_form=form)
    return said(request, row, gettext("Kept."), contact=contact.position)


@page("see base")
@xframe_options_sameorigin
@csp_replace(  # type: ignore[untyped-decorator]
    {
        "default-src": [NONE],
        "style-src": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [SELF],
    }
)
def preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the mail as this customer would read it; or where its text cannot be filled in."""
    row = campaign_of(pk)
    who = _reader(row, request)
    if who is None:
        who = Customer(pk=0, first_name="Kim", last_name="de Vries", language="")
    chosen = chosen_of(row, request)
    offer, contact = chosen.offer, chosen.contact
    language = request.GET.get("language", "") or who.language or request.shop.language
    facts = facts_for(offer, who, code=sample_code(offer), at=request.at)
    try:
        shown = channel_of(contact.channel).shown(
            contact.content, facts, who, language=language[:2]
        )
    except Refusal as refusal:
        text = format_html(
            '<p style="font: 16px sans-serif; color: #a8382d">{}</p>', sentence(refusal)
        )
        return HttpResponse(text, status=200)
    if request.GET.get("as") == "text":
        plain = f"{shown.subject}\n\n{shown.text}"
        return HttpResponse(plain, content_type="text/plain; charset=utf-8")
    return HttpResponse(shown.html)


@page("write campaigns")
@require_POST
def send_me(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the mail to oneself, as one of the customers would get it."""
    row = campaign_of(pk)
    who = _reader(row, request) or next(iter(_readers(row, request)), None)
    if who is None:
        warn(request, gettext("Nobody is in the audience to read it as."))
        return redirect("campaign_step", pk=pk, step="offer")
    chosen = chosen_of(row, request)
    if chosen.contact.channel != "email":
        raise Http404
    offer = chosen.offer
    send_test(
        contents.from_document(chosen.contact.content),
        to=request.user,
        customer=who,
        facts=facts_for(offer, who, code=sample_code(offer), at=request.at),
        key=f"test:{row.pk}:{request.user.pk}:{request.at:%Y%m%d%H%M%S}",
        at=request.at,
        language=chosen.language,
    )
    say(request, gettext("A test is on its way to %(to)s.") % {"to": request.user.email})
    return redirect("campaign_step", pk=pk, step="offer")
