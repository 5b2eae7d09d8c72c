"""The addresses of the staff pages; those around one customer and around imports in urls_care."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from stamgast.web.marketer import (
    cohorts,
    dashboard,
    jobs,
    keys,
    margin_settings,
    me,
    settings_frame,
    shop_settings,
    sign_in,
    start,
    users,
    value,
    words_page,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("cohorts", cohorts.cohorts, name="cohorts"),
    path("value", value.value, name="value"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("language", me.language, name="language"),
    path("start", start.start, name="start"),
    path("start/end", start.end_guide, name="end_guide"),
    path("start/show", start.show_guide, name="show_guide"),
    path("words", words_page.words, name="words"),
    path("me", me.me, name="me"),
    path("me/password", me.password, name="password"),
    path("settings", settings_frame.settings, name="settings"),
    path("settings/shop", shop_settings.shop_settings, name="shop_settings"),
    path("settings/margin", margin_settings.margin_settings, name="margin_settings"),
    path("settings/users", users.users, name="users"),
    path("settings/users/new", users.new_user, name="new_user"),
    path("settings/users/<int:pk>", users.user, name="user"),
    path("settings/users/<int:pk>/password", users.user_password, name="user_password"),
    path("settings/users/<int:pk>/close", users.close_user, name="close_user"),
    path("settings/users/<int:pk>/open", users.open_user, name="open_user"),
    path("settings/keys", keys.keys, name="keys"),
    path("settings/keys/<int:pk>/revoke", keys.revoke_key, name="revoke_key"),
    path("settings/calls", keys.calls, name="program_calls"),
    path("score", jobs.score_now, name="score_now"),
    path("jobs/<int:pk>", jobs.progress, name="job"),
    path("", include("stamgast.web.marketer.urls_campaigns")),
    path("", include("stamgast.web.marketer.urls_plans")),
    path("", include("stamgast.web.marketer.urls_care")),
    path("", include("stamgast.web.marketer.urls_measure")),
    path("", include("stamgast.web.marketer.urls_loyalty")),
    path("", include("stamgast.web.marketer.urls_signals")),
    path("", include("stamgast.web.marketer.urls_mail")),
    path("", include("stamgast.web.marketer.urls_programme")),
]
