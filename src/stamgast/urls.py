"""Every address of Stamgast."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("stamgast.api.urls")),
    path("", include("stamgast.web.urls")),
]
handler400 = "stamgast.web.errors.bad_request"
handler403 = "stamgast.web.errors.not_allowed"
handler404 = "stamgast.web.errors.not_found"
handler500 = "stamgast.web.errors.our_fault"
