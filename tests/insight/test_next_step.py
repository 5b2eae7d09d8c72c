"""One next step per customer, as a marketer would read the rules."""

from __future__ import annotations

from datetime import date

import pytest

from insight.text_tables import per_customer, rows, table
from stamgast.insight.next_step import (
    CONDITIONS,
    RULES,
    STEPS,
    Limits,
    Rule,
    next_steps,
    summarise_steps,
)
from stamgast.insight.tables import TableError

AS_OF = date(2024, 6, 30)

# The catalogue in the order it is asked: the first line that holds decides.
RULE_TABLE = """
open complaint                         -> service_call      because open_complaint, call
no purchase                            -> nothing           because no_purchase_yet, none
contacted lately                       -> let_be            because contacted_lately, none
not may mail, not may phone            -> let_be            because no_consent, none
drifting, notice given, may phone      -> ask_why           because notice_given, call
drifting, valued, may phone            -> ask_why           because valued_and_drifting, call
not may mail                           -> let_be            because no_consent_to_mail, none
drifting, value unknown                -> ask_why           because drifting, automatic
drifting, worth an offer               -> save_offer        because drifting_and_worth_it, automatic
drifting, worth a mail                 -> ask_why           because drifting, automatic
drifting                               -> let_be            because too_little_to_win, none
lost, not long gone, value unknown     -> win_back          because lost, automatic
lost, not long gone, worth a mail      -> win_back          because lost_and_worth_it, automatic
lost, long gone                        -> let_be            because long_gone, none
lost                                   -> let_be            because too_little_to_win, none
won back                               -> thank_and_reward  because came_back, minutes
new, first weeks                       -> welcome           because first_purchase, automatic
new, later than half                   -> second_purchase   because second_purchase_due, automatic
active, rhythm known, due again        -> replenish         because due_again, automatic
active, valued, many purchases         -> invite_ambassador because valued_for_long, minutes
active, valued                         -> thank_and_reward  because valued, minutes
(always)                               -> nothing           because all_is_well, none
"""

# Twenty customers of a small shop; whose margin is 100 or more belongs to the best fifth.
CASES = """
customer            | stage    | silent | share | usual | days | low   | margin | mail | phone | complaint | contact    | notice     | step              | reason
complains, new      | new      |      3 | 0.95  | 60.0  |   1  |  2.0  |   8.0  | yes  | yes   | yes       |            |            | service_call      | open_complaint
complains, drifting | drifting |    150 | 0.10  | 60.0  |   9  | 90.0  | 300.0  | no   | no    | yes       | 2024-06-29 |            | service_call      | open_complaint
only an account     | none     |        |       |       |   0  |       |        | yes  | yes   | no        |            |            | nothing           | no_purchase_yet
mailed yesterday    | drifting |    150 | 0.10  | 60.0  |   9  | 40.0  |  60.0  | yes  | yes   | no        | 2024-06-29 |            | let_be            | contacted_lately
mailed 2 weeks ago  | drifting |    150 | 0.10  | 60.0  |   9  | 40.0  |  60.0  | yes  | no    | no        | 2024-06-16 |            | save_offer        | drifting_and_worth_it
wants no contact    | drifting |    150 | 0.10  | 60.0  |   9  | 40.0  | 300.0  | no   | no    | no        |            |            | let_be            | no_consent
gave notice         | drifting |     20 | 0.70  | 60.0  |   9  | 10.0  |  20.0  | yes  | yes   | no        |            | 2024-06-01 | ask_why           | notice_given
best one drifting   | drifting |    150 | 0.10  | 60.0  |   9  | 90.0  | 300.0  | yes  | yes   | no        |            |            | ask_why           | valued_and_drifting
best, not by phone  | drifting |    150 | 0.10  | 60.0  |   9  | 90.0  | 300.0  | yes  | no    | no        |            |            | save_offer        | drifting_and_worth_it
phone only          | active   |     10 | 0.90  | 60.0  |   9  | 10.0  |  20.0  | no   | yes   | no        |            |            | let_be            | no_consent_to_mail
worth unknown       | drifting |    150 | 0.10  | 60.0  |   2  |       |        | yes  | yes   | no        |            |            | ask_why           | drifting
worth little        | drifting |    150 | 0.10  | 60.0  |   2  |  0.2  |   3.0  | yes  | yes   | no        |            |            | ask_why           | drifting
worth nothing       | drifting |    150 | 0.10  | 60.0  |   2  |  0.0  |   0.2  | yes  | yes   | no        |            |            | let_be            | too_little_to_win
gone a year         | lost     |    380 | 0.00  | 60.0  |   9  |  0.1  |   4.0  | yes  | yes   | no        |            |            | win_back          | lost_and_worth_it
gone three years    | lost     |   1100 | 0.00  | 60.0  |   9  |  0.1  |   4.0  | yes  | yes   | no        |            |            | let_be            | long_gone
gone, worth nothing | lost     |    380 | 0.00  | 60.0  |   2  |  0.0  |   0.1  | yes  | yes   | no        |            |            | let_be            | too_little_to_win
came back           | won_back |     30 | 0.80  | 60.0  |   9  | 10.0  |  20.0  | yes  | yes   | no        |            |            | thank_and_reward  | came_back
first buy last week | new      |      7 | 0.90  | 60.0  |   1  |  2.0  |   8.0  | yes  | yes   | no        |            |            | welcome           | first_purchase
first buy in May    | new      |     40 | 0.60  | 60.0  |   1  |  2.0  |   8.0  | yes  | yes   | no        |            |            | nothing           | all_is_well
first buy in March  | new      |    100 | 0.30  | 60.0  |   1  |  2.0  |   8.0  | yes  | yes   | no        |            |            | second_purchase   | second_purchase_due
due again           | active   |     50 | 0.45  | 60.0  |   4  | 10.0  |  20.0  | yes  | yes   | no        |            |            | replenish         | due_again
due, little known   | active   |     50 | 0.45  | 60.0  |   3  | 10.0  |  20.0  | yes  | yes   | no        |            |            | nothing           | all_is_well
best, for long      | active   |     10 | 0.90  | 60.0  |  10  | 90.0  | 300.0  | yes  | yes   | no        |            |            | invite_ambassador | valued_for_long
best, for a while   | active   |     10 | 0.90  | 60.0  |   5  | 90.0  | 300.0  | yes  | yes   | no        |            |            | thank_and_reward  | valued
just fine           | active   |     10 | 0.90  | 60.0  |   9  | 10.0  |  20.0  | yes  | yes   | no        |            |            | nothing           | all_is_well
"""  # noqa: E501

COLUMNS = {
    "silent": "days_silent",
    "share": "silence_share",
    "usual": "usual_interval_days",
    "days": "purchase_days",
    "low": "margin_365_low",
    "margin": "margin_365",
    "mail": "may_email",
    "phone": "may_phone",
    "complaint": "has_open_complaint",
    "contact": "last_contact",
    "notice": "contract_notice",
}


def cases():
    text = table(CASES)
    known = text.rename({new: old for old, new in COLUMNS.items()})
    known = known.mutate(
        **{name: known[name].cast("float64") for name in ("margin_365", "margin_365_low")}
    )
    return known.mutate(gaps=known.purchase_days - 1)


def test_the_rules_read_from_top_to_bottom_as_agreed():
    written = [
        " ".join(
            f"{', '.join(rule.when) or '(always)'} -> {rule.step} "
            f"because {rule.reason}, {rule.effort}".split()
        )
        for rule in RULES
    ]
    assert written == [" ".join(line.split()) for line in RULE_TABLE.strip().splitlines()]


def test_gives_each_of_the_customers_the_step_a_colleague_would():
    known = cases()
    found = next_steps(known.drop("step", "reason"), AS_OF)
    expected = {row[0]: row[1:] for row in rows(known, "customer_id", "step", "reason")}
    given = {row[0]: row[1:] for row in rows(found, "customer_id", "step", "reason")}
    assert given == expected


def test_every_rule_decides_for_at_least_one_of_the_cases():
    found = rows(next_steps(cases().drop("step", "reason"), AS_OF), "step", "reason")
    unused = {(rule.step, rule.reason) for rule in RULES} - set(found) - {("win_back", "lost")}
    assert unused == set()


def test_nobody_with_an_open_complaint_gets_anything_but_a_service_call():
    known = cases().drop("step", "reason").mutate(has_open_complaint=True)
    assert set(per_customer(next_steps(known, AS_OF), "step").values()) == {"service_call"}


def test_every_step_says_it_is_a_rule_of_thumb_and_brings_its_facts():
    found = next_steps(cases().drop("step", "reason"), AS_OF)
    assert set(per_customer(found, "is_rule_of_thumb").values()) == {True}
    one = found.filter(found.customer_id == "mailed 2 weeks ago").to_pyarrow().to_pylist()[0]
    assert one == {
        "customer_id": "mailed 2 weeks ago",
        "stage": "drifting",
        "step": "save_offer",
        "reason": "drifting_and_worth_it",
        "effort": "automatic",
        "is_rule_of_thumb": True,
        "days_silent": 150,
        "usual_interval_days": 60.0,
        "last_contact": date(2024, 6, 16),
        "margin_365": 60.0,
        "margin_365_low": 40.0,
    }


def test_steps_follow_from_stages_alone_when_nothing_else_is_known():
    known = table("customer | stage\na | none\nb | new\nc | active\nd | drifting\ne | won_back")
    assert per_customer(next_steps(known, AS_OF), "step") == {
        "a": "nothing",
        "b": "nothing",
        "c": "nothing",
        "d": "ask_why",
        "e": "thank_and_reward",
    }


def test_consent_that_is_not_known_of_a_customer_is_not_there():
    known = table("""
    customer | stage    | may_email | may_phone
    asked    | drifting | yes       | no
    unasked  | drifting |           |
    """)
    assert per_customer(next_steps(known, AS_OF), "reason") == {
        "asked": "drifting",
        "unasked": "no_consent",
    }


def test_limits_can_be_the_shops_own():
    known = cases().drop("step", "reason")
    mild = next_steps(known, AS_OF, limits=Limits(offer_cost=95.0, quiet_days=1))
    steps = per_customer(mild, "step")
    assert steps["mailed yesterday"] == "ask_why"
    assert steps["best, not by phone"] == "ask_why"


def test_a_shop_can_write_its_own_rules():
    rules = (
        Rule("let_be", ("not new",), "only_newcomers", "none"),
        Rule("welcome", (), "hi", "call"),
    )
    found = next_steps(table("customer | stage\na | new\nb | lost"), AS_OF, rules=rules)
    assert per_customer(found, "reason") == {"a": "hi", "b": "only_newcomers"}


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([Rule("sing", (), "why_not", "none")], "no step 'sing'"),
        ([Rule("let_be", ("full moon",), "x", "none"), RULES[-1]], "no condition 'full moon'"),
        (RULES[:-1], "last rule must hold for everyone"),
        ([], "last rule must hold for everyone"),
    ],
)
def test_refuses_rules_that_cannot_be_followed(rules, complaint):
    with pytest.raises(ValueError, match=complaint):
        next_steps(table("customer | stage\na | new"), AS_OF, rules=rules)


def test_refuses_a_table_without_stages():
    with pytest.raises(TableError, match="no column 'stage'"):
        next_steps(table("customer\nanna"), AS_OF)


def test_the_catalogue_and_the_conditions_hold_nothing_that_no_rule_uses():
    assert {rule.step for rule in RULES} == set(STEPS)
    used = {name.removeprefix("not ") for rule in RULES for name in rule.when}
    assert used == set(CONDITIONS)


def test_adds_up_steps_with_the_margin_at_stake():
    known = table("""
    customer | stage    | margin_365
    anna     | drifting | 100.0
    bram     | drifting |  40.0
    carla    | drifting |   0.1
    daan     | none     |
    """)
    found = summarise_steps(next_steps(known.mutate(may_phone=False), AS_OF))
    assert [tuple(row.values()) for row in found.to_pyarrow().to_pylist()] == [
        ("save_offer", "automatic", 2, 140.0),
        ("let_be", "none", 1, 0.1),
        ("nothing", "none", 1, None),
    ]
