"""Customer experience: what we promised and did, and how those who noticed bought after it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.web.design.tags import number, percent
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer import experience_figures as figures
from stamgast.web.marketer.why_they_stay_words import Words, say
from stamgast.web.sentences import filled

TOUCHPOINTS: Words = {
    "nps": _("Would recommend us"),
    "csat": _("Satisfied"),
    "delivery": _("Delivery"),
}


@page("see base")
def experience(request: StaffRequest) -> HttpResponse:
    """Show how the past year went for customers, and what went with it."""
    until = timezone.localdate(request.at)
    delivered = figures.deliveries(until)
    complaints = figures.complaints(until)
    touched = figures.touchpoints(until)
    facts = {
        "headline": _headline(delivered, complaints, touched),
        "deliveries": delivered,
        "complaints": complaints,
        "returns": figures.returns(until),
        "touchpoints": [(say(TOUCHPOINTS, one.question), one) for one in touched],
        "comparisons": [(one, _compared(one)) for one in figures.comparisons(until)],
        "ask": reverse("ask"),
    }
    return render(request, "experience.html", facts)


def _headline(
    delivered: figures.Deliveries,
    complaints: figures.Handling,
    touched: list[figures.Touchpoint],
) -> SafeString:
    """Say how delivery went, what customers gave, and which complaints wait."""
    said = []
    if delivered.count:
        share = percent(delivered.on_time_share)
        text = gettext("<b>%(share)s of deliveries</b> came on the promised day or before.")
        said.append(filled(text, share=share))
    elif touched:
        text = gettext("Customers give us <b>%(mean)s out of 10</b>.")
        said.append(filled(text, mean=number(touched[0].mean, 1)))
    if complaints.open:
        text = ngettext(
            "<b>%(n)s complaint</b> is open, %(late)s too late.",
            "<b>%(n)s complaints</b> are open, %(late)s too late.",
            complaints.open,
        )
        said.append(filled(text, n=number(complaints.open), late=number(complaints.late)))
    elif said:
        said.append(filled(gettext("No complaint is open.")))
    if not said:
        return filled(gettext("How customers fared with us is not known yet."))
    return SafeString(" ".join(said))


def _compared(one: figures.Comparison) -> SafeString:
    """Say what was seen, and whether the difference could be chance."""
    facts = {
        "good": percent(one.good_share),
        "bad": percent(one.bad_share),
        "n_good": number(one.good),
        "n_bad": number(one.bad),
    }
    if one.name == "delivery":
        text = gettext(
            "After a delivery in time <b>%(good)s</b> bought again within 90 days "
            "(%(n_good)s orders), after a late one <b>%(bad)s</b> (%(n_bad)s)."
        )
    else:
        text = gettext(
            "Who gave a high score bought again within 90 days in <b>%(good)s</b> of cases "
            "(%(n_good)s answers), who gave a low one in <b>%(bad)s</b> (%(n_bad)s)."
        )
    low, high = one.gap
    if low <= 0 <= high:
        chance = gettext("That difference may be chance.")
    else:
        chance = gettext("That is more than chance explains; it does not say what caused it.")
    return SafeString(f"{filled(text, **facts)} {chance}")
