"""The pages of the web rooms."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from stamgast.web.design.bundle import vega

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("stamgast.web.marketer.urls")),
    path("", include("stamgast.web.member.urls")),
    path("vega-<str:version>.js", vega, name="vega"),
]
