"""Filling facts into a translated sentence with markup, so that no fact can smuggle markup in."""

from __future__ import annotations

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe


def filled(sentence: str, **facts: object) -> SafeString:
    """Fill %(name)s placeholders; the sentence may hold markup, the facts are escaped."""
    escaped = {
        name: conditional_escape(str(fact) if not isinstance(fact, SafeString) else fact)
        for name, fact in facts.items()
    }
    return mark_safe(sentence % escaped)  # noqa: S308 - the sentence is ours, the facts are escaped


def in_one(*sentences: str) -> SafeString:
    """Put sentences behind each other, with a space between; plain ones are escaped."""
    return mark_safe(" ".join(conditional_escape(one) for one in sentences))  # noqa: S308 - escaped
