"""The addresses around goals, verdicts and control groups."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import goals, verdicts

urlpatterns: list[URLPattern | URLResolver] = [
    path("goals", goals.goals, name="goals"),
    path("goals/new", goals.new_goal, name="new_goal"),
    path("goals/<int:pk>", goals.goal, name="goal"),
    path("goals/<int:pk>/begin", goals.begin_goal, name="begin_goal"),
    path("goals/<int:pk>/close", goals.finish_goal, name="finish_goal"),
    path("goals/<int:pk>/rails", goals.change_rails, name="change_rails"),
    path("goals/<int:pk>/budget", goals.change_budget, name="change_budget"),
    path("goals/costs", goals.record_cost, name="record_cost"),
    path("goals/costs/file", goals.import_costs, name="import_costs"),
    path("goals/costs/<int:pk>/forget", goals.forget_cost, name="forget_cost"),
    path("verdicts", verdicts.verdicts, name="verdicts"),
    path("verdicts/<int:pk>", verdicts.verdict, name="verdict"),
    path("control-groups", verdicts.control_groups, name="control_groups"),
    path("control-groups/begin", verdicts.begin_standing, name="begin_standing"),
    path("control-groups/end", verdicts.end_standing, name="end_standing"),
]
