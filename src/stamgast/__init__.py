"""Stamgast: who stays, who drifts, what they are worth and what to do next."""

__version__ = "0.1.0"
