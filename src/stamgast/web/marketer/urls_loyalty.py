"""The addresses around loyalty: why they stay, how they fared, how far to trust the forecast."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import ask, experience, stays_not_loyal, trust, why_they_stay

urlpatterns: list[URLPattern | URLResolver] = [
    path("why-they-stay", why_they_stay.why_they_stay, name="why_they_stay"),
    path("why-they-stay/not-loyal", stays_not_loyal.stays_not_loyal, name="stays_not_loyal"),
    path("ask", ask.ask, name="ask"),
    path("ask/<slug:question>/<slug:moment>", ask.asked, name="asked"),
    path("ask/<slug:question>/<slug:moment>/links", ask.links, name="asked_links"),
    path("ask/<slug:question>/<slug:moment>/back", ask.take_back, name="ask_back"),
    path("experience", experience.experience, name="experience"),
    path("trust", trust.trust, name="trust"),
    path("trust/look-back", trust.look_back, name="look_back"),
]
