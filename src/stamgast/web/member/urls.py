"""The addresses of pages for customers themselves."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.member import answer, doing, home, mail, mail_hooks, signing_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("a/<str:token>", answer.answer, name="answer"),
    path("m/u/<str:token>", mail.unsubscribe_page, name="mail_unsubscribe"),
    path("m/v/<str:token>", mail.preferences, name="mail_preferences"),
    path("m/k/<str:token>", mail.follow, name="mail_follow"),
    path("m/p/<str:name>", mail.picture, name="mail_picture"),
    path("m/hook/<str:provider>", mail_hooks.mail_hook, name="mail_hook"),
    path("member", home.home, name="member"),
    path("member/sign-in", signing_in.ask, name="member_sign_in"),
    path("member/code", signing_in.enter, name="member_code"),
    path("member/sign-out", signing_in.leave_browser, name="member_sign_out"),
    path("member/open/<str:token>", signing_in.follow, name="member_open"),
    path("member/join", doing.take_part, name="member_join"),
    path("member/agree", doing.agree, name="member_agree"),
    path("member/rewards/<int:pk>", doing.claim, name="member_claim"),
    path("member/missing", doing.missing, name="member_missing"),
    path("member/profiling", doing.profiling, name="member_profiling"),
    path("member/leave", doing.leaving, name="member_leave"),
    path("member/download", doing.download, name="member_download"),
    path("member/erase", doing.erasing, name="member_erase"),
    path("i/<str:text>", home.invitation, name="invitation"),
]
