"""From a shop's ordinary tables to evidence: what each source tells, and what it leaves unsaid."""

from __future__ import annotations

from datetime import date

import pytest

from insight.text_tables import every, orders_of, rows, table
from stamgast.insight.bonds import (
    collect,
    from_answers,
    from_contracts,
    from_customers,
    from_interactions,
    from_lines,
    from_orders,
    posteriors,
)
from stamgast.insight.tables import TableError

DAY = date(2026, 6, 30)


def told(evidence, indicator, *columns):
    kept = evidence.filter(evidence.indicator == indicator)
    return rows(kept, "customer_id", *(columns or ("value",)))


DISCOUNTS = table("""
    customer | day        | discount | is_purchase
    anna     | 2026-01-01 | 0.00     | yes
    anna     | 2026-02-01 | 0.00     | yes
    anna     | 2026-03-01 | 0.00     | yes
    bram     | 2026-01-05 | 5.00     | yes
    bram     | 2026-02-05 | 5.00     | yes
    bram     | 2026-03-05 | 0.00     | yes
    bram     | 2026-04-05 | 2.50     | yes
    bram     | 2026-04-09 | 9.00     | no
    carla    | 2026-01-07 | 5.00     | yes
    daan     | 2026-07-01 | 5.00     | yes
             | 2026-01-07 | 5.00     | yes
""")


def test_discount_dependence_is_the_share_of_what_they_came_back_for():
    found = from_orders(DISCOUNTS, as_of=DAY)
    assert told(found, "discount_share", "value", "strength", "day", "detail") == [
        ("anna", 0.0, 0.5, date(2026, 3, 1), "0/2"),
        ("bram", pytest.approx(2 / 3), 0.6, date(2026, 4, 5), "2/3"),
    ]


def test_buying_without_an_offer_is_measured_against_what_is_usual_here():
    found = from_orders(DISCOUNTS, as_of=DAY)
    usual = 4 / 8  # of all purchases at full price
    assert told(found, "no_offer_needed", "value", "detail") == [
        ("anna", pytest.approx(0.5 + (1 - usual) / 2), "2/2"),
        ("bram", pytest.approx(0.5 + (1 / 3 - usual) / 2), "1/3"),
    ]
    began = 1 / 3
    assert told(found, "early_full_price", "value", "detail") == [
        ("anna", pytest.approx(0.5 + (1 - began) / 2), "full_price"),
        ("bram", pytest.approx(0.5 - began / 2), "discount"),
        ("carla", pytest.approx(0.5 - began / 2), "discount"),
    ]


def test_in_a_shop_without_discounts_full_price_says_nothing():
    orders = table("""
        customer | day        | discount
        anna     | 2026-01-01 | 0.00
        anna     | 2026-02-01 | 0.00
        bram     | 2026-02-01 | 0.00
    """)
    found = from_orders(orders, as_of=DAY)
    assert told(found, "no_offer_needed") == told(found, "early_full_price") == []
    assert told(found, "discount_share") == [("anna", 0.0)]


def test_orders_that_do_not_tell_their_discount_are_no_full_price():
    orders = table("""
        customer | day        | discount
        anna     | 2026-01-01 |
        anna     | 2026-02-01 |
        bram     | 2026-02-01 | 1.00
        bram     | 2026-03-01 | 1.00
    """)
    assert told(from_orders(orders, as_of=DAY), "discount_share") == [("bram", 1.0)]
    untold = from_orders(orders.drop("discount"), as_of=DAY)
    assert told(untold, "discount_share") == []


def test_the_same_day_of_the_week_counts_beyond_chance_and_from_four_visits_on():
    visits = {
        "anna": every(7, times=10),  # a Monday each time
        "bram": every(7, times=3),
        "carla": every(1, times=14),  # every day of the week twice
        "daan": every(7, times=5) + every(7, times=5, start="2024-06-04"),
    }
    found = told(from_orders(orders_of(visits), as_of=DAY), "same_weekday", "value", "detail")
    pairs_alike = 2 * 10 / 45  # of ten visits five on each of two days
    assert found == [
        ("anna", 1.0, "0"),
        ("carla", 0.0, "6"),
        ("daan", pytest.approx((pairs_alike - 1 / 7) / (6 / 7)), "1"),
    ]


ORDERS = table("""
    customer | order_id | day
    anna     | 1        | 2026-01-01
    anna     | 2        | 2026-02-01
    anna     | 3        | 2026-03-01
    bram     | 4        | 2026-01-01
    bram     | 5        | 2026-02-01
    daan     | 6        | 2026-07-01
""")
LINES = table("""
    order_id | sku
    1        | beans
    1        | machine
    2        | beans
    2        | cups
    3        | beans
    3        | cups
    4        | tea
    5        | house tea
    5        | house tea
    6        | machine
""")
PRODUCTS = table("""
    sku       | is_platform | is_consumable | is_sole_source
    beans     | no          | no            | no
    machine   | yes         | no            | no
    cups      | no          | yes           |
    house tea | no          |               | yes
""")


def test_ordering_the_same_again_is_how_much_two_orders_share():
    found = from_lines(LINES, ORDERS, as_of=DAY)
    assert told(found, "default_reorder", "value", "strength", "detail") == [
        ("anna", pytest.approx((1 / 3 + 1) / 2), 0.5, "1/2"),
        ("bram", 0.0, pytest.approx(1 / 3), "0/1"),
    ]


def test_systems_and_what_only_fits_them_bind():
    found = from_lines(LINES, ORDERS, PRODUCTS, as_of=DAY)
    assert told(found, "platform_owned", "value", "day") == [("anna", 1.0, date(2026, 1, 1))]
    assert told(found, "consumables_bought", "value", "detail") == [
        ("anna", pytest.approx(2 / 3), "2/3"),
        ("bram", 0.0, "0/2"),
    ]
    assert told(found, "sole_source_share") == [("anna", 0.0), ("bram", 0.5)]


def test_a_merchant_who_set_no_flag_has_said_nothing():
    plain = table("sku | is_consumable\nbeans | no\ncups | no")
    found = from_lines(LINES, ORDERS, plain, as_of=DAY)
    assert {row[0] for row in rows(found, "indicator")} == {"default_reorder"}


CONTRACTS = table("""
    customer | started_on | ends_on    | notice_on
    anna     | 2025-01-01 | 2026-08-10 |
    bram     | 2025-01-01 |            |
    carla    | 2025-01-01 | 2026-07-30 | 2026-06-01
    daan     | 2025-01-01 | 2026-06-30 |
    eva      | 2026-07-01 |            |
""")


def test_a_contract_binds_by_how_it_can_end():
    found = from_contracts(CONTRACTS, as_of=DAY)
    assert told(found, "contract", "value", "ends_on", "detail") == [
        ("anna", 0.9, date(2026, 8, 10), "fixed"),
        ("bram", 0.6, None, "open"),
        ("carla", 0.25, date(2026, 7, 30), "notice"),
    ]


def test_a_complete_register_also_says_who_has_no_contract():
    everyone = table("customer\nanna\ndaan\neva\nfinn")
    found = from_contracts(CONTRACTS, as_of=DAY, customers=everyone)
    assert [row for row in told(found, "contract", "value", "detail") if row[2] == "none"] == [
        ("daan", 0.0, "none"),
        ("eva", 0.0, "none"),
        ("finn", 0.0, "none"),
    ]


def test_scores_fill_a_third_of_the_scale_for_each_band_of_the_question():
    answers = table("""
        customer | question | score | day
        a        | nps      | 0     | 2026-06-01
        b        | nps      | 6     | 2026-06-01
        c        | nps      | 7     | 2026-06-01
        d        | nps      | 8     | 2026-06-01
        e        | nps      | 9     | 2026-06-01
        f        | nps      | 10    | 2026-06-01
        a        | csat     | 1     | 2026-06-01
        b        | csat     | 4     | 2026-06-01
        c        | csat     | 5     | 2026-06-01
        a        | delivery | 8     | 2026-06-01
        a        | weather  | 8     | 2026-06-01
    """)
    found = from_answers(answers, as_of=DAY)
    assert [value for _, value in told(found, "nps")] == pytest.approx(
        [0.5 / 21, 6.5 / 21, 5 / 12, 7 / 12, 9 / 12, 11 / 12]
    )
    assert [value for _, value in told(found, "csat")] == pytest.approx([1 / 18, 0.5, 5 / 6])
    assert [value for _, value in told(found, "delivery_score")] == pytest.approx([7 / 12])
    assert found.count().execute() == 10


@pytest.mark.parametrize(("question", "score"), [("nps", 11), ("nps", -1), ("csat", 0)])
def test_a_score_off_its_scale_is_refused_once_it_is_judged(question, score):
    answers = table(f"customer | question | score | day\na | {question} | {score} | 2026-06-01")
    with pytest.raises(TableError, match="a value outside"):
        posteriors(from_answers(answers, as_of=DAY), as_of=DAY)


def test_a_reason_to_stay_speaks_for_its_bond_and_mildly_against_the_others():
    answers = table("""
        customer | question     | choice    | score | day
        anna     | why_stay     | economic  |       | 2026-06-01
        bram     | why_stay     | cosy      |       | 2026-06-01
        carla    | why_stay     | mystery   |       | 2026-06-01
        daan     | knows_others |           | 0     | 2026-06-01
        eva      | knows_others |           | 1     | 2026-06-01
    """)
    found = from_answers(answers, choices={"cosy": "emotional"}, as_of=DAY)
    assert told(found, "says_price", "value", "detail") == [
        ("anna", 0.9, "economic"),
        ("bram", 0.3, "emotional"),
    ]
    assert told(found, "says_liking") == [("anna", 0.3), ("bram", 0.9)]
    assert told(found, "knows_no_other") == [("daan", 0.95), ("eva", 0.15)]


COMPLAINTS = table("""
    customer | kind      | day        | due_on     | closed_on  | outcome | score
    anna     | complaint | 2026-03-01 | 2026-03-06 | 2026-03-04 | refund  |
    bram     | complaint | 2026-03-01 | 2026-03-06 | 2026-03-20 | apology |
    carla    | complaint | 2026-03-01 | 2026-03-06 | 2026-03-04 | none    |
    daan     | complaint | 2026-06-01 | 2026-06-06 |            |         |
    eva      | complaint | 2026-06-28 | 2026-07-03 |            |         |
    finn     | complaint | 2026-03-01 | 2026-03-06 | 2026-03-04 | refund  |
    gijs     | complaint | 2026-06-01 | 2026-06-06 | 2026-07-02 | refund  |
    anna     | review    | 2026-04-01 |            |            |         | 5
    bram     | review    | 2026-04-01 |            |            |         |
    bram     | call      | 2026-04-01 |            |            |         |
""")
AFTER = table("""
    customer | day
    anna     | 2026-04-01
    bram     | 2026-04-01
    carla    | 2026-03-04
    finn     | 2026-02-01
""")


def test_a_complaint_counts_by_how_it_ended_and_whether_they_stayed():
    found = from_interactions(COMPLAINTS, AFTER, as_of=DAY)
    assert told(found, "complaint", "value", "detail", "day") == [
        ("anna", 0.75, "ended_well_stayed", date(2026, 3, 4)),
        ("bram", 0.4, "ended_badly_stayed", date(2026, 3, 20)),
        ("carla", 0.15, "ended_badly", date(2026, 3, 4)),
        ("daan", 0.2, "overdue", date(2026, 6, 1)),
        ("gijs", 0.2, "overdue", date(2026, 6, 1)),
    ]


def test_a_review_without_a_score_says_nothing():
    found = from_interactions(COMPLAINTS, AFTER, as_of=DAY)
    assert told(found, "review", "value", "detail") == [("anna", pytest.approx(5 / 6), "5")]


def test_what_is_on_record_of_customers_speaks_only_where_it_is_so():
    people = table("""
        customer | is_near_shop | warranty_until | referred_by | since
        anna     | yes          | 2027-01-01     |             | 2024-01-01
        bram     | no           | 2026-01-01     | anna        | 2026-02-01
        carla    |              |                | anna        | 2026-03-01
        daan     |              |                | bram        | 2026-07-01
    """)
    found = from_customers(people, as_of=DAY)
    assert told(found, "near_shop") == [("anna", 1.0)]
    assert told(found, "warranty", "value", "ends_on") == [("anna", 1.0, date(2027, 1, 1))]
    assert told(found, "referral", "day", "detail") == [("anna", date(2026, 3, 1), "2")]
    assert found.count().execute() == 3


def test_refuses_customers_that_tell_nothing_and_referrals_without_a_day():
    with pytest.raises(TableError, match="tell nothing of bonds"):
        from_customers(table("customer\nanna"), as_of=DAY)
    with pytest.raises(TableError, match="no column 'since'"):
        from_customers(table("customer | referred_by\nanna | bram"), as_of=DAY)


def test_puts_evidence_of_several_sources_together():
    both = collect(from_orders(DISCOUNTS, as_of=DAY), from_contracts(CONTRACTS, as_of=DAY))
    bonds = posteriors(both, as_of=DAY)
    assert bonds.customer_id.nunique().execute() == 3
    assert both.columns == tuple(from_contracts(CONTRACTS, as_of=DAY).columns)


def test_refuses_to_put_numbers_and_names_of_customers_together():
    numbered = table("customer | indicator | value | day\nanna | nps | 0.5 | 2026-01-01").mutate(
        customer_id=1
    )
    with pytest.raises(TableError, match="several types: int8, string"):
        collect(numbered, from_contracts(CONTRACTS, as_of=DAY))
    with pytest.raises(ValueError, match="at least one table"):
        collect()


def test_a_shop_without_anything_yet_tells_nothing():
    none = DISCOUNTS.filter(DISCOUNTS.day < date(2000, 1, 1))
    assert from_orders(none, as_of=DAY).count().execute() == 0
    assert from_contracts(CONTRACTS, as_of=date(2000, 1, 1)).count().execute() == 0
