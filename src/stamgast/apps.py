"""Stamgast as one Django app of many rooms."""

from django.apps import AppConfig


class StamgastConfig(AppConfig):
    name = "stamgast"
    label = "stamgast"
    default_auto_field = "django.db.models.BigAutoField"
