"""The addresses of the staff pages; those around one customer and around imports in urls_care."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import dashboard, me, sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("language", me.language, name="language"),
    path("me", me.me, name="me"),
]

try:
    from stamgast.web.marketer.urls_care import urlpatterns as care
except ModuleNotFoundError:
    care = []
urlpatterns += care
