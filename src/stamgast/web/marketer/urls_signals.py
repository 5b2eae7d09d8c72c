"""The addresses around signals."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import signals, signals_events

urlpatterns: list[URLPattern | URLResolver] = [
    path("signals", signals.signals, name="signals"),
    path("signals/new", signals_events.new_signal, name="new_signal"),
    path("signals/<int:pk>", signals_events.signal, name="signal"),
    path("signals/<int:pk>/change", signals_events.change_signal, name="change_signal"),
    path("signals/<int:pk>/end", signals_events.end_signal, name="end_signal"),
    path("signals/<int:pk>/reopen", signals_events.reopen_signal, name="reopen_signal"),
    path("signals/<int:pk>/remove", signals_events.remove_signal, name="remove_signal"),
    path("alarms/<int:pk>/see", signals.see_alarm, name="see_alarm"),
    path("alarms/<int:pk>/close", signals.close_alarm, name="close_alarm"),
    path("alarms/<int:pk>/reopen", signals.reopen_alarm, name="reopen_alarm"),
]
