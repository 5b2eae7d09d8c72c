"""The addresses around campaigns."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import campaigns_card
from stamgast.web.marketer.campaigns import (
    calendar,
    check,
    codes,
    control,
    editor,
    library,
    lists,
    offer,
    order,
    running,
    series,
    series_kept,
    who,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "customers/<int:pk>/campaigns/<int:lot>/by-hand",
        campaigns_card.give_by_hand,
        name="give_by_hand",
    ),
    path("campaigns", lists.campaigns, name="campaigns"),
    path("campaigns/order", order.order, name="campaign_order"),
    path("campaigns/<int:pk>/move-<slug:way>", order.move, name="move_campaign"),
    path("campaigns/calendar", calendar.calendar, name="campaign_calendar"),
    path("campaigns/measures", library.measures, name="measures"),
    path("campaigns/codes", codes.codes, name="codes"),
    path("campaigns/start/<slug:preset>", lists.start_campaign, name="start_campaign"),
    path("campaigns/<int:pk>", editor.campaign, name="campaign"),
    path("campaigns/<int:pk>/remove", lists.remove_campaign, name="remove_campaign"),
    path("campaigns/<int:pk>/name", editor.rename_campaign, name="rename_campaign"),
    path("campaigns/<int:pk>/choose-goal", editor.choose_goal, name="choose_goal"),
    path("campaigns/<int:pk>/new-goal", editor.new_goal, name="campaign_new_goal"),
    path("campaigns/<int:pk>/condition", who.add_condition, name="add_condition"),
    path(
        "campaigns/<int:pk>/condition/<int:line>/<int:place>",
        who.change_condition,
        name="change_condition",
    ),
    path("campaigns/<int:pk>/audience-back", who.audience_back, name="campaign_audience_back"),
    path("campaigns/<int:pk>/rhythm", who.change_rhythm, name="change_rhythm"),
    path("campaigns/<int:pk>/offers", series.add_offer, name="add_offer"),
    path("campaigns/<int:pk>/offers/<slug:arm>", series.remove_offer, name="remove_offer"),
    path("campaigns/<int:pk>/contacts", series.add_contact, name="add_contact"),
    path("campaigns/<int:pk>/contacts/<int:place>", series.change_contact, name="change_contact"),
    path("campaigns/<int:pk>/contacts/<int:place>/if", series.add_branch, name="add_branch"),
    path(
        "campaigns/<int:pk>/contacts/<int:place>/if/<int:line>/<int:part>",
        series.remove_branch,
        name="remove_branch",
    ),
    path("campaigns/<int:pk>/series-back", series_kept.series_back, name="series_back"),
    path("campaigns/<int:pk>/give", offer.change_offer, name="change_offer"),
    path("campaigns/<int:pk>/text/<slug:language>", offer.change_text, name="change_text"),
    path("campaigns/<int:pk>/contact-settings", offer.change_settings, name="contact_settings"),
    path("campaigns/<int:pk>/preview", offer.preview, name="campaign_preview"),
    path("campaigns/<int:pk>/test", offer.send_me, name="campaign_test"),
    path("campaigns/<int:pk>/size", control.change_control, name="change_control"),
    path("campaigns/<int:pk>/look-over", check.check_campaign, name="check_campaign"),
    path("campaigns/<int:pk>/approve", check.approve_campaign, name="approve_campaign"),
    path("campaigns/<int:pk>/withdraw", check.withdraw_approval, name="withdraw_approval"),
    path("campaigns/<int:pk>/run", check.run, name="run_campaign"),
    path("campaigns/<int:pk>/pause", running.pause, name="pause_campaign"),
    path("campaigns/<int:pk>/resume", running.resume, name="resume_campaign"),
    path("campaigns/<int:pk>/end", running.end, name="end_campaign"),
    path("campaigns/<int:pk>/<slug:step>", editor.campaign_step, name="campaign_step"),
]
