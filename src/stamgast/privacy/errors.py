"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class NotTwoCustomers(Refusal):
    """A record cannot go up in itself."""

    code: ClassVar[str] = "not_two_customers"


class AlreadyUnmerged(Refusal):
    """This merge was undone before."""

    code: ClassVar[str] = "already_unmerged"


class MergedFurther(Refusal):
    """The record went up in yet another since; undo that first (`into` says in which)."""

    code: ClassVar[str] = "merged_further"


class ImportUnderWay(Refusal):
    """A file is on its way in, and may hold this person; try again when it is done."""

    code: ClassVar[str] = "import_under_way"


class UnknownReason(Refusal):
    """Somebody is erased on request, because consent ended, or because we may not keep them."""

    code: ClassVar[str] = "unknown_reason"
