"""The addresses around plans."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer.plans import hand, lists, one

urlpatterns: list[URLPattern | URLResolver] = [
    path("plans", lists.plans, name="plans"),
    path("plans/new", lists.new_plan, name="new_plan"),
    path("plans/<int:pk>", one.plan, name="plan"),
    path("plans/<int:pk>/make", one.make, name="make_plan"),
    path("plans/<int:pk>/change", one.change, name="change_plan"),
    path("plans/<int:pk>/by-hand", hand.change, name="change_plan_by_hand"),
    path("plans/by-hand/<int:pk>/back", hand.withdraw, name="withdraw_plan_change"),
    path("plans/<int:pk>/approve", one.approve, name="approve_plan"),
    path("plans/<int:pk>/withdraw", one.withdraw, name="withdraw_plan"),
    path("plans/<int:pk>/run", one.run, name="run_plan"),
    path("plans/<int:pk>/end", one.end, name="end_plan"),
    path("plans/<int:pk>/remove", one.remove, name="remove_plan"),
]
