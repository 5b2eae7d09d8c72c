"""The addresses of pages for customers themselves."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.member import answer

urlpatterns: list[URLPattern | URLResolver] = [
    path("a/<str:token>", answer.answer, name="answer"),
]
