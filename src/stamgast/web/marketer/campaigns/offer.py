"""What a campaign gives and says: the offer, its codes, and the mail edited in place."""

from __future__ import annotations

from typing import Any, Final

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
from stamgast.campaigns.channels.email import channel as email
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.facts import facts_for, sample_code
from stamgast.campaigns.models import Campaign, Code, Offer, Step
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.models import Customer
from stamgast.customers.queries import find
from stamgast.kernel import Money, Refusal
from stamgast.mail import content as contents
from stamgast.mail.actions import send_test
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.campaigns.forms import OfferForm, TextForm, pasted_or_uploaded
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
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


@csp_update({"frame-src": [SELF]})  # type: ignore[untyped-decorator]
def step(
    request: StaffRequest, campaign: Campaign, facts: dict[str, Any], **forms: Any
) -> HttpResponse:
    """Show the offer and the mail, beside how a customer would read it."""
    offer, mail = first_offer(campaign), first_step(campaign)
    language = _language(request, mail)
    shown = {
        **facts,
        "offer": offer,
        "offer_form": OfferForm.of(offer, request.shop.currency),
        "text_form": TextForm(mail.content.get(language, {}), auto_id="text-%s"),
        "language": language,
        "languages": [(code, LANGUAGES[code]) for code in mail.content if code in LANGUAGES],
        "readers": _readers(campaign, request),
        "reader": _reader(campaign, request),
        "free_codes": _free(offer),
        "website": request.shop.website,
        "names": FILLED_IN,
        **forms,
    }
    return render(request, "campaigns/offer.html", shown, status=422 if forms else 200)


def _again(request: StaffRequest, row: Campaign, **forms: Any) -> HttpResponse:
    shown: HttpResponse = step(request, row, frame(row, "offer"), **forms)
    return shown


def first_offer(campaign: Campaign) -> Offer:
    """Return the offer that the editor shows: the first."""
    return campaign.offers.select_related("code_list").order_by("position", "pk")[0]


def first_step(campaign: Campaign) -> Step:
    """Return the contact that the editor shows: the first."""
    return campaign.steps.order_by("position", "pk")[0]


def _free(offer: Offer) -> int:
    return Code.objects.filter(list=offer.code_list_id, handed_at=None).count()


def _language(request: StaffRequest, mail: Step) -> str:
    asked = request.GET.get("language") or request.POST.get("language", "")
    if asked in mail.content:
        return asked
    own = request.shop.language
    return own if own in mail.content else next(iter(mail.content), "nl")


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
    """Change what a campaign gives; new codes come in with it."""
    row = campaign_of(pk)
    form = OfferForm(request.POST, request.FILES)
    changed = tried(form, lambda: _change_offer(row, form, request))
    if changed is None:
        return _again(request, row, offer_form=form)
    say(request, gettext("Kept."))
    return redirect("campaign_step", pk=pk, step="offer")


def _change_offer(row: Campaign, form: OfferForm, request: StaffRequest) -> Campaign:
    facts, offer = form.cleaned_data, first_offer(row)
    plan = OfferPlan(
        code=offer.code,
        kind=facts["kind"],
        title={"nl": facts["title_nl"], "en": facts["title_en"]},
        share=offer.share,
        cost_minor=Money.of(facts["cost"], request.shop.currency).minor,
        valid_days=facts["valid_days"],
        code_list=facts["code_list"].pk if facts["code_list"] else None,
        facts=offer.facts,
    )
    new_codes = pasted_or_uploaded(facts["new_codes"], facts["codes_file"])
    return actions.change_offer(row, plan, new_codes=new_codes, at=request.at, by=request.user)


@page("write campaigns")
@require_POST
def change_text(request: StaffRequest, pk: int, language: str) -> HttpResponse:
    """Change what the mail says in one language."""
    row = campaign_of(pk)
    mail = first_step(row)
    if language not in LANGUAGES or language not in mail.content:
        raise Http404
    form = TextForm(mail.content[language], request.POST, auto_id="text-%s")

    def change() -> Campaign:
        _, steps = plans_of(row)
        content = {**mail.content, language: form.document()}
        changed = [StepPlan(**{**vars(steps[0]), "content": content}), *steps[1:]]
        return actions.change_campaign(row, steps=changed, at=request.at, by=request.user)

    if tried(form, change) is None:
        return _again(request, row, text_form=form)
    say(request, gettext("Kept."))
    response = redirect("campaign_step", pk=pk, step="offer")
    response["Location"] += f"?language={language}"
    return response


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
    offer, mail = first_offer(row), first_step(row)
    language = request.GET.get("language", "") or who.language or request.shop.language
    facts = facts_for(offer, who, code=sample_code(offer), at=request.at)
    try:
        shown = email.shown(mail.content, facts, who, language=language[:2])
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
    offer, mail = first_offer(row), first_step(row)
    send_test(
        contents.from_document(mail.content),
        to=request.user,
        customer=who,
        facts=facts_for(offer, who, code=sample_code(offer), at=request.at),
        key=f"test:{row.pk}:{request.user.pk}:{request.at:%Y%m%d%H%M%S}",
        at=request.at,
        language=_language(request, mail),
    )
    say(request, gettext("A test is on its way to %(to)s.") % {"to": request.user.email})
    return redirect("campaign_step", pk=pk, step="offer")
