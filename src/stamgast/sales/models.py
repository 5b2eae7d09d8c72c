"""What is sold: products and their costs, orders with their lines and returns, contracts.

Amounts are whole minor units of the row's currency; unit prices and costs are decimals, because
shops price finer than a cent.
"""

from __future__ import annotations

from django.db import models

from stamgast.customers.models import Customer


class Product(models.Model):
    """Something for sale, or a charge (postage, bank costs) that is billed but is no product."""

    sku = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=120, blank=True)
    brand = models.CharField(max_length=80, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    cost = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # per unit, without VAT
    vat_rate = models.DecimalField(
        max_digits=5, decimal_places=2, null=True
    )  # %; empty: the shop's
    is_charge = models.BooleanField(default=False)
    in_stock = models.BooleanField(null=True)  # empty: nobody said, so it is taken to be
    url = models.CharField(max_length=500, blank=True)  # its page in the shop
    # What ties a buyer to us; empty: as its category says.
    is_sole_source = models.BooleanField(null=True)  # nobody else sells it
    is_consumable = models.BooleanField(null=True)  # only fits a system we supply
    is_platform = models.BooleanField(null=True)  # such a system


class PriceSeen(models.Model):
    """A price that a product had from a moment on, in the shop's currency; rows are only added."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices", db_index=False)
    price = models.DecimalField(max_digits=18, decimal_places=6)
    since = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["product", "-since"], name="price_seen")]


class Category(models.Model):
    """What holds for all products of a category that say nothing else themselves."""

    name = models.CharField(max_length=120, unique=True)  # as Product.category has it
    is_sole_source = models.BooleanField(default=False)
    is_consumable = models.BooleanField(default=False)
    is_platform = models.BooleanField(default=False)


class MarginRate(models.Model):
    """The margin we assume where no cost is known: a share of revenue, per category or for all."""

    category = models.CharField(max_length=120, unique=True, blank=True)  # empty: the whole shop
    share = models.DecimalField(max_digits=5, decimal_places=4)


class Order(models.Model):
    """An order, or a return: what the customer agreed to, in amounts without VAT.

    Margin = revenue + charges - cost of goods - shipping and payment costs - margin of returns.
    Where shipping and payment costs are unknown they are taken to equal the charges.
    """

    class Kind(models.TextChoices):
        SALE = "sale"
        RETURN = "return"

    shop = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=64)
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.SALE)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="orders", db_index=False
    )
    ordered_at = models.DateTimeField()
    day = models.DateField()  # the business day in the shop's zone
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()  # the sum of the lines as the file states them
    revenue_minor = models.BigIntegerField()  # products, without VAT, after discount
    charges_minor = models.BigIntegerField(default=0)  # postage and the like, without VAT
    discount_minor = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)  # of the goods
    fees_minor = models.BigIntegerField(null=True)  # shipping and payment, when known
    # What the source states for the order as a whole rather than per line, as stated; with the lines
    # enough to work all amounts out again.
    whole_discount_minor = models.BigIntegerField(default=0)
    whole_charges_minor = models.BigIntegerField(default=0)
    whole_refund_minor = models.BigIntegerField(default=0)
    is_vat_included = models.BooleanField(default=False)  # in the stated amounts
    returned_minor = models.BigIntegerField(default=0)  # revenue that came back
    returned_margin_minor = models.BigIntegerField(default=0)
    margin_minor = models.BigIntegerField()  # after returns
    is_margin_assumed = models.BooleanField(default=False)
    is_purchase = models.BooleanField(default=False)  # at least one product was bought
    is_cancelled = models.BooleanField(default=False)
    units = models.IntegerField(default=0)
    brand = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=40, blank=True)
    discount_code = models.CharField(max_length=80, blank=True)
    of_order = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="returns", db_index=False
    )  # the one order a return belongs to, when it was said
    promised_on = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    batch = models.BigIntegerField(null=True)  # the import it came with
    content = models.BigIntegerField(
        default=0
    )  # digest of all lines: the same file changes nothing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "shop", "kind"], name="one_order_per_number"),
        ]
        indexes = [
            models.Index(  # who bought when, without fetching the orders
                fields=["customer", "ordered_at", "kind", "is_purchase", "is_cancelled"],
                name="order_customer",
            ),
            models.Index(fields=["ordered_at"], name="order_at"),
            models.Index(
                fields=["of_order"],
                name="order_returns",
                condition=models.Q(of_order__isnull=False),
            ),
        ]


class Line(models.Model):
    """One line of an order or return, as the shop wrote it; a return's quantities are negative."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=200, blank=True)  # only where it differs from the product's
    is_charge = models.BooleanField(default=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    amount_minor = models.BigIntegerField()  # quantity times unit price as the file has it, rounded
    discount_minor = models.BigIntegerField(default=0)  # given on this line itself, as stated
    net_minor = models.BigIntegerField()  # without VAT, after all discount
    cost_minor = models.BigIntegerField(null=True)  # empty: unknown, the order rests on a rate
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    of_line = models.BigIntegerField(null=True)  # the line of a sale that this return reduces
    content = models.BigIntegerField(default=0)  # digest of what the file says of it

    class Meta:
        indexes = [
            models.Index(  # the products of orders, order by order, without fetching the lines
                fields=["order", "is_charge", "product"], name="line_order"
            ),
        ]


class Contract(models.Model):
    """An agreement that runs: a subscription, a lease, a service contract."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=160, blank=True)
    started_on = models.DateField()
    ends_on = models.DateField(null=True)  # agreed end; empty while it simply runs on
    notice_on = models.DateField(null=True)  # the customer gave notice
    months = models.PositiveSmallIntegerField(default=1)  # per how many months it is billed
    amount_minor = models.BigIntegerField(default=0)  # per such period, without VAT
    margin_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
