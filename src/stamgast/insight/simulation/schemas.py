"""The tables of a simulated shop: every column, its type and its meaning.

`SCHEMAS` maps a table's name to its Arrow schema; each field carries its meaning as metadata. Days
are local business days, moments UTC; prices, discounts and refunds include VAT, costs do not.
"""

from __future__ import annotations

import pyarrow as pa

ID = pa.int64()
COUNT = pa.int32()
TEXT = pa.string()
AMOUNT = pa.float64()
FLAG = pa.bool_()
DAY = pa.date32()
MOMENT = pa.timestamp("us", tz="UTC")


def _schema(*columns: tuple[str, pa.DataType, str]) -> pa.Schema:
    return pa.schema(
        [pa.field(name, kind, metadata={"meaning": meaning}) for name, kind, meaning in columns]
    )


CUSTOMERS = _schema(
    ("customer_id", ID, "the shop's own number, rising with the first purchase"),
    ("first_name", TEXT, "given name"),
    ("infix", TEXT, "tussenvoegsel; null without"),
    ("last_name", TEXT, "family name without infix"),
    ("company", TEXT, "name of the company; null for consumers"),
    ("email", TEXT, "unique; null for some"),
    ("phone", TEXT, "E.164, in +31 6 00; null for some and abroad"),
    ("street", TEXT, "street"),
    ("house_number", TEXT, "number with addition"),
    ("postcode", TEXT, "postcode"),
    ("city", TEXT, "town"),
    ("country", TEXT, "ISO 3166 alpha-2"),
    ("language", TEXT, "ISO 639"),
    ("since", DAY, "day the customer was first known: of the first purchase"),
    ("referred_by", ID, "customer who brought this one; null mostly"),
)
PRODUCTS = _schema(
    ("sku", TEXT, "article number"),
    ("name", TEXT, "name"),
    ("category", TEXT, "category"),
    ("brand", TEXT, "brand"),
    ("price", AMOUNT, "list price, VAT of the home country included"),
    ("cost", AMOUNT, "cost price without VAT"),
    ("vat_rate", AMOUNT, "per cent, home country"),
    ("works_with", TEXT, "system this is, or fits alone; null for most"),
)
ORDERS = _schema(
    ("order_number", ID, "rising with time"),
    ("ordered_at", MOMENT, "moment of the order"),
    ("day", DAY, "business day in the shop's zone"),
    ("customer_id", ID, "null for an anonymous order"),
    ("currency", TEXT, "ISO 4217"),
    ("shop", TEXT, "which shop"),
    ("brand", TEXT, "brand of the shop"),
    ("country", TEXT, "ISO 3166 alpha-2"),
    ("channel", TEXT, "web, shop or marketplace"),
    ("discount_code", TEXT, "code used; null without"),
    ("contract_number", ID, "contract this was delivered under; null mostly"),
    ("payment_method", TEXT, "how it was paid"),
    ("payment_cost", AMOUNT, "what the payment costs the shop, without VAT"),
    ("total", AMOUNT, "sum of the lines, VAT included"),
    ("promised_on", DAY, "promised day of delivery; null where nothing is sent"),
    ("delivered_on", DAY, "null where nothing is sent, or not yet delivered"),
)
LINES = _schema(
    ("order_number", ID, "the order"),
    ("line_number", COUNT, "1, 2, ... within the order"),
    ("sku", TEXT, "article number; that of shipping on a shipping line"),
    ("kind", TEXT, "product or shipping"),
    ("quantity", COUNT, "one or more"),
    ("unit_price", AMOUNT, "VAT included, before discount"),
    ("discount", AMOUNT, "on the whole line, VAT included, zero or more"),
    ("cost", AMOUNT, "per unit, without VAT"),
    ("vat_rate", AMOUNT, "per cent"),
)
RETURNS = _schema(
    ("return_number", ID, "rising with the day"),
    ("order_number", ID, "the order"),
    ("line_number", COUNT, "the line"),
    ("sku", TEXT, "article number"),
    ("quantity", COUNT, "at most what was bought"),
    ("returned_on", DAY, "day it came back"),
    ("refund", AMOUNT, "paid back, VAT included"),
    ("reason", TEXT, "no_longer_wanted, damaged, wrong_item or not_as_described"),
    ("is_resellable", FLAG, "whether the goods can be sold again"),
)
CONTRACTS = _schema(
    ("contract_number", ID, "the contract"),
    ("customer_id", ID, "whose"),
    ("sku", TEXT, "what is delivered"),
    ("quantity", COUNT, "how many at a time"),
    ("unit_price", AMOUNT, "per unit, VAT included"),
    ("interval_days", COUNT, "days between deliveries"),
    ("started_on", DAY, "first day"),
    ("ends_on", DAY, "agreed end (first day without it); null for an open contract"),
    ("notice_on", DAY, "day the customer gave notice; null if not"),
    ("term_days", COUNT, "length of a fixed term that renews itself; null for an open contract"),
)
CONSENTS = _schema(
    ("customer_id", ID, "who"),
    ("channel", TEXT, "email, phone or post"),
    ("purpose", TEXT, "offers, news or survey"),
    ("is_granted", FLAG, "false: refused or withdrawn; the last row of each counts"),
    ("wording", TEXT, "what was asked"),
    ("source", TEXT, "checkout, account, shop, unsubscribe_link or phone"),
    ("at", MOMENT, "when"),
)
INTERACTIONS = _schema(
    ("interaction_id", ID, "rising with time"),
    ("customer_id", ID, "who"),
    ("order_number", ID, "about which order; null for a note or call"),
    ("kind", TEXT, "complaint, email, call or note"),
    ("is_ours", FLAG, "we reached out, rather than the customer"),
    ("at", MOMENT, "when"),
    (
        "subject",
        TEXT,
        "complaints: late_delivery, damaged, wrong_item, quality, invoice; else null",
    ),
    ("text", TEXT, "what was said"),
    ("handled_by", TEXT, "staff member"),
    ("due_on", DAY, "day by which it should be closed; null where nothing is due"),
    ("closed_at", MOMENT, "null while open"),
    ("outcome", TEXT, "closed complaints: refund, replacement, apology or none; else null"),
)
ANSWERS = _schema(
    ("answer_id", ID, "rising with time"),
    ("customer_id", ID, "who"),
    ("order_number", ID, "about which order"),
    ("question", TEXT, "nps, delivery or reason"),
    ("asked_at", MOMENT, "when it was asked"),
    ("answered_at", MOMENT, "when it was answered"),
    ("score", COUNT, "nps 0..10, delivery 1..10; null for reason"),
    ("choice", TEXT, "reason: why the customer buys here; null for the others"),
    ("remark", TEXT, "own words; null mostly"),
)
TRUTH = _schema(
    ("customer_id", ID, "who"),
    ("shopper", TEXT, "kind of shopper"),
    ("rate_per_day", AMOUNT, "purchases per operational day; deliveries for subscribers"),
    ("regularity", COUNT, "Gamma shape of the gaps; 1 is Poisson; 0 under contract"),
    ("drop_out", AMOUNT, "own parameter of leaving: chance per purchase, hazard or 1/scale a day"),
    ("dropped_out_on", DAY, "day of leaving for good; null while alive"),
    ("drop_out_cause", TEXT, "natural, one_time, contract or complaint; null while alive"),
    ("away_from", DAY, "first day of an earlier absence; null without"),
    ("away_until", DAY, "day of coming back; null without"),
    ("is_alive", FLAG, "still a customer at the end"),
    ("mean_spend", AMOUNT, "true mean of an order without VAT, after discount, shipping included"),
    ("cost_share", AMOUNT, "true cost of goods over what is paid for them without VAT"),
    ("mean_margin", AMOUNT, "true mean margin of an order, after discount, returns and all costs"),
    ("discount_love", AMOUNT, "chance of a discount on a repeat order"),
    ("attitude", AMOUNT, "relative attitude, 0..1"),
    ("bond_situational", AMOUNT, "0..1"),
    ("bond_economic", AMOUNT, "0..1"),
    ("bond_legal", AMOUNT, "0..1"),
    ("bond_technical", AMOUNT, "0..1"),
    ("bond_emotional", AMOUNT, "0..1"),
    ("loyalty", TEXT, "true, latent, captive, bought, habit, no_alternative or none"),
    ("referrals", COUNT, "customers brought"),
    ("expected_purchases_90", AMOUNT, "true expectation for the coming 90 days; 0 when gone"),
    ("expected_purchases_365", AMOUNT, "the same for 365 days"),
    ("expected_margin_90", AMOUNT, "expected purchases times mean margin"),
    ("expected_margin_365", AMOUNT, "the same for 365 days"),
    ("purchases_next_90", COUNT, "what did happen; null when so far was not simulated"),
    ("purchases_next_365", COUNT, "the same for 365 days"),
)
SCHEMAS: dict[str, pa.Schema] = {
    "customers": CUSTOMERS,
    "products": PRODUCTS,
    "orders": ORDERS,
    "lines": LINES,
    "returns": RETURNS,
    "contracts": CONTRACTS,
    "consents": CONSENTS,
    "interactions": INTERACTIONS,
    "answers": ANSWERS,
    "truth": TRUTH,
}
VALUED_ORDERS = _schema(
    ("order_id", ID, "the order"),
    ("customer_id", ID, "null for an anonymous order"),
    ("day", DAY, "business day"),
    ("ordered_at", MOMENT, "moment"),
    ("revenue", AMOUNT, "without VAT, after discount, before returns, shipping included"),
    ("margin", AMOUNT, "after discount, returns, cost of goods, shipping and payment"),
    ("discount", AMOUNT, "without VAT"),
    ("returned", AMOUNT, "refunds without VAT"),
    ("is_purchase", FLAG, "at least one product was bought"),
    ("shop", TEXT, "which shop"),
    ("brand", TEXT, "brand of the shop"),
    ("country", TEXT, "ISO 3166 alpha-2"),
    ("channel", TEXT, "web, shop or marketplace"),
)
