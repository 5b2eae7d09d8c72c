"""The addresses of pages for customers themselves."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.member import answer, mail

urlpatterns: list[URLPattern | URLResolver] = [
    path("a/<str:token>", answer.answer, name="answer"),
    path("m/u/<str:token>", mail.unsubscribe_page, name="mail_unsubscribe"),
    path("m/v/<str:token>", mail.preferences, name="mail_preferences"),
    path("m/k/<str:token>", mail.follow, name="mail_follow"),
    path("m/p/<str:name>", mail.picture, name="mail_picture"),
]
