"""What never stands in a log: the parts of addresses that open something by themselves."""

from __future__ import annotations

import logging
import re

# Unsubscribing, choosing, following a link, answering, signing in: who has the address may do it.
_SECRET = re.compile(r"(/(?:m/[uvk]|a|i|member/open)/)[^\s?\"'<>]+")
_QUERY = re.compile(r"([?&](?:code|token|next)=)[^&\s\"']+")


class WithoutTokens(logging.Filter):
    """Blank the part of an address that works like a key, in whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line where needed; every line goes through."""
        line = record.getMessage()
        clean = _QUERY.sub(r"\1...", _SECRET.sub(r"\1...", line))
        if clean != line:
            record.msg, record.args = clean, ()
        return True
