"""Scores and the report through the API, over a base that was really scored."""

from __future__ import annotations
