"""The writers of codes: sets, the codes in them, and their way through a checkout."""

from stamgast.loyalty.codes.actions.loading import Loaded, load_codes
from stamgast.loyalty.codes.actions.making import (
    add_code,
    block_code,
    issue_code,
    issue_gift_card,
    make_codes,
    show_code,
)
from stamgast.loyalty.codes.actions.sets import change_set, close_set, make_set, reopen_set
from stamgast.loyalty.codes.actions.using import (
    commit_codes,
    give_back_codes,
    hold_codes,
    quote_codes,
    release_codes,
    release_expired,
    undo_codes,
)

__all__ = [
    "Loaded",
    "add_code",
    "block_code",
    "change_set",
    "close_set",
    "commit_codes",
    "give_back_codes",
    "hold_codes",
    "issue_code",
    "issue_gift_card",
    "load_codes",
    "make_codes",
    "make_set",
    "quote_codes",
    "release_codes",
    "release_expired",
    "reopen_set",
    "show_code",
    "undo_codes",
]
