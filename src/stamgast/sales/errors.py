"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class UnknownCurrency(Refusal):
    """`currency` is no ISO 4217 code."""

    code: ClassVar[str] = "unknown_currency"


class BadOrderNumber(Refusal):
    """An order needs a number of at most 64 characters."""

    code: ClassVar[str] = "bad_order_number"


class OrderWithoutLines(Refusal):
    """An order or return needs at least one line."""

    code: ClassVar[str] = "order_without_lines"


class BadLine(Refusal):
    """The `field` of line `line` (from 1) cannot be: a quantity of nothing, an amount too large."""

    code: ClassVar[str] = "bad_line"


class NoSuchOrder(Refusal):
    """There is no sale of this `number`."""

    code: ClassVar[str] = "no_such_order"


class ReturnedBeforeSold(Refusal):
    """The return is dated before its order."""

    code: ClassVar[str] = "returned_before_sold"


class MoreReturnedThanBought(Refusal):
    """Of `sku` only `left` can still come back."""

    code: ClassVar[str] = "more_returned_than_bought"


class BadProduct(Refusal):
    """The `field` of a product cannot be this."""

    code: ClassVar[str] = "bad_product"


class BadContract(Refusal):
    """The `field` of a contract cannot be this."""

    code: ClassVar[str] = "bad_contract"


class BadMarginRate(Refusal):
    """A margin is a share of revenue, from 0 to less than 1."""

    code: ClassVar[str] = "bad_margin_rate"


class NoPriorPrice(Refusal):
    """A reduction cannot be announced: the prices of the thirty days before are not known."""

    code: ClassVar[str] = "no_prior_price"


class NoReduction(Refusal):
    """The new price is not below the lowest of the thirty days before, which is `lowest`."""

    code: ClassVar[str] = "no_reduction"
