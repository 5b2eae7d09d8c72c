"""The control group: what each size can show, in plain words and money, before anything is sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.power import Power, power_of, rests_on_window
from stamgast.measurement.queries import standing_control
from stamgast.web.design.tags import money, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.forms import ControlForm
from stamgast.web.marketer.campaigns.frame import campaign_of, frame
from stamgast.web.marketer.writing import tried
from stamgast.web.sentences import filled


def step(
    request: StaffRequest, campaign: Campaign, facts: dict[str, Any], **forms: Any
) -> HttpResponse:
    """Show what each size of control group can show, and which one is proposed."""
    ids = members(campaign.audience, looking(request.at))
    may = eligible(campaign, ids, request.at).may
    power = power_of(campaign, may, looking(request.at).as_of)
    percent = round(float(campaign.control_share) * 100)
    currency = request.shop.currency
    shown = {
        **facts,
        "power": power,
        "percent": percent,
        "said": power_sentence(power, currency),
        "proposed": proposal_sentence(power, currency),
        "proposed_percent": round(power.proposed * 100) if power.proposed else None,
        "form": ControlForm(
            initial={
                "control": percent,
                "window_days": campaign.window_days,
                "pool": campaign.pool,
            }
        ),
        "is_by_window": rests_on_window(campaign),
        "currency": currency,
        "has_standing": standing_control() is not None,
        **forms,
    }
    return render(request, "campaigns/control.html", shown, status=422 if forms else 200)


def power_sentence(power: Power, currency: str) -> SafeString:
    """Say what this control group can show of this audience."""
    now = power.now
    if now is None:
        return filled(gettext("There are too few customers to tell anything from."))
    if power.proposed is None:
        text = gettext("<b>%(n)s customers</b> are too few to show what this campaign brings.")
        return filled(text, n=number(power.customers))
    text = gettext(
        "With <b>%(n)s customers</b> and <b>%(percent)s%%</b> of them as control you can see an "
        "effect of <b>%(effect)s a head</b> or more over %(days)s days."
    )
    return filled(
        text,
        n=number(power.customers),
        percent=number(now.percent),
        effect=money(now.detectable_minor, currency),
        days=number(power.days),
    )


def proposal_sentence(power: Power, currency: str) -> str:
    """Say which size is proposed and why."""
    hoped = money(power.hoped_minor, currency)
    if power.reason == "enough":
        text = gettext(
            "An effect worth having is about %(hoped)s a head. %(percent)s%% is the smallest control "
            "group that shows it."
        )
    elif power.reason == "largest":
        text = gettext(
            "An effect worth having is about %(hoped)s a head; no control group shows that with so "
            "few customers. %(percent)s%% comes closest. Similar campaigns together can show more."
        )
    else:
        return gettext(
            "Too few of them will buy in the smaller group. Run it several times: similar campaigns are "
            "judged together."
        )
    return text % {"hoped": hoped, "percent": number((power.proposed or 0) * 100)}


@page("write campaigns")
@require_POST
def change_control(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose how many by lot get nothing, how long an effect is waited for, what it is judged with."""
    row = campaign_of(pk)
    form = ControlForm(request.POST)
    changed = tried(
        form,
        lambda: actions.change_campaign(
            row,
            control_share=form.cleaned_data["control"] / 100,
            window_days=form.cleaned_data["window_days"],
            pool=form.cleaned_data["pool"],
            at=request.at,
            by=request.user,
        ),
    )
    if changed is None:
        return step(request, row, frame(row, "control"), form=form)
    say(request, gettext("Kept."))
    return redirect("campaign_step", pk=pk, step="control")
