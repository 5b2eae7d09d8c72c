"""Stamgast as one Django app of many rooms."""

from django.apps import AppConfig


class StamgastConfig(AppConfig):
    name = "stamgast"
    label = "stamgast"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the events who listens to them."""
        from stamgast import wiring
        from stamgast.events import actions

        actions.connect(wiring.LISTENERS, one_is_enough=wiring.LOOK_AT_ALL)
