"""The demo looks like a living Dutch shop, and its people do not exist."""

from __future__ import annotations

import numpy as np
import pandas as pd
import phonenumbers
import pytest

from insight.simulation.checks import frame
from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import fit_rhythm, stages


def test_has_the_size_and_margin_of_a_living_shop(coffee):
    orders, lines, valued = frame(coffee.orders), frame(coffee.lines), frame(coffee.valued_orders())
    assert 24_000 < len(orders) < 33_000
    assert 1.5 < (lines.kind == "product").sum() / len(orders) < 2.5
    net = valued.revenue.sum() - valued.returned.sum()
    assert 0.35 < valued.margin.sum() / net < 0.45
    assert 0.25 < (valued.discount > 0).mean() < 0.35
    assert 0.04 < (valued.returned > 0).mean() < 0.06
    assert orders.customer_id.isna().mean() == pytest.approx(0.06, abs=0.005)
    per_year = orders.groupby(orders.day.dt.year).size()
    assert per_year.is_monotonic_increasing


def test_has_customers_in_every_stage(coffee):
    as_of = coffee.spec.as_of
    orders, contracts = coffee.valued_orders(), frame(coffee.contracts)
    contracts = contracts.rename(
        columns={
            "started_on": "contract_start",
            "ends_on": "contract_end",
            "notice_on": "contract_notice",
        }
    )
    columns = ["customer_id", "contract_start", "contract_end", "contract_notice"]
    people = frame(coffee.customers)[["customer_id"]].merge(contracts[columns], how="left")
    facts = customer_facts(orders, people, as_of=as_of)
    found = stages(facts, fit_rhythm(orders, as_of), as_of).to_pandas().stage
    share = found.value_counts(normalize=True)
    assert 0.08 < share["new"] < 0.13
    assert 0.35 < share["active"] < 0.47
    assert 0.05 < share["drifting"] < 0.10
    assert 0.01 < share["won_back"] < 0.04
    assert share.sum() == pytest.approx(1.0)


def test_has_complaints_open_and_overdue(coffee):
    complaints = frame(coffee.interactions).query("kind == 'complaint'")
    assert 100 < len(complaints) < 220
    unclosed = complaints[complaints.closed_at.isna()]
    assert 2 < len(unclosed) < 25
    overdue = unclosed[unclosed.due_on < pd.Timestamp(coffee.spec.end)]
    assert 0 < len(overdue) < len(unclosed)
    assert complaints.subject.notna().all()
    assert (complaints.outcome.isna() == complaints.closed_at.isna()).all()


def test_has_answers_and_consents(coffee):
    answers = frame(coffee.answers)
    assert 450 < len(answers) < 750
    nps = answers[answers.question == "nps"].score
    assert 10 < 100 * ((nps >= 9).mean() - (nps <= 6).mean()) < 40
    assert 7.8 < answers[answers.question == "delivery"].score.mean() < 8.7
    assert (answers.choice.notna() == (answers.question == "reason")).all()
    last = frame(coffee.consents).groupby(["channel", "purpose", "customer_id"]).is_granted.last()
    given = last.groupby(["channel", "purpose"]).sum() / coffee.customers.num_rows
    assert given["email", "offers"] == pytest.approx(0.61, abs=0.03)
    assert given["phone", "offers"] == pytest.approx(0.10, abs=0.02)
    assert coffee.consents["wording"].null_count == coffee.consents["source"].null_count == 0


def test_sells_by_day_and_evening_and_most_in_december(coffee):
    orders = frame(coffee.orders).query("contract_number.isna()")
    hour = orders.ordered_at.dt.tz_convert("Europe/Amsterdam").dt.hour
    assert (hour == 20).sum() > 1.3 * (hour == 15).sum()
    assert hour.between(1, 5).mean() < 0.02
    month = orders.groupby(orders.day.dt.month).size()
    assert month.idxmax() == 12
    assert month[12] > 1.5 * month[7]
    store = orders[orders.channel == "shop"]
    assert hour[store.index].between(9, 17).all()
    assert (frame(coffee.customers).set_index("customer_id").city[store.customer_id.dropna()]
            == "Utrecht").all()  # fmt: skip


def test_people_have_dutch_names_and_reach_nobody(coffee):
    people = frame(coffee.customers)
    assert 0.25 < people.infix.notna().mean() < 0.6
    assert people.email.dropna().str.fullmatch(r"[a-z.-]+\d+@example\.(com|org|net)").all()
    assert people.phone.dropna().str.fullmatch(r"\+31600\d{6}").all()
    for number in people.phone.dropna()[:50]:
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_possible_number(parsed)
        assert not phonenumbers.is_valid_number(parsed)
    dutch = people[people.country == "NL"]
    assert dutch.postcode.str.fullmatch(r"[1-9]\d{3} [A-Z]{2}").all()
    assert (people.company.notna() == (frame(coffee.truth).shopper == "office")).all()
    assert people[["first_name", "last_name"]].drop_duplicates().shape[0] > 0.7 * len(people)


def test_prices_include_the_vat_of_the_country(coffee):
    lines = frame(coffee.lines).merge(frame(coffee.orders)[["order_number", "country"]])
    rates = lines.groupby("country").vat_rate.agg(lambda rate: tuple(sorted(set(rate))))
    assert rates.to_dict() == {"NL": (9.0, 21.0), "BE": (6.0, 21.0), "DE": (7.0, 19.0)}
    shelf = frame(coffee.products).set_index("sku")
    sold = lines[(lines.kind == "product")]
    full = sold.unit_price.to_numpy() == shelf.price[sold.sku].to_numpy()
    assert full.mean() > 0.85
    reduced = np.round(shelf.price[sold.sku].to_numpy() * 0.9, 2)
    assert np.isclose(sold.unit_price[~full], reduced[~full]).all(), "only subscribers pay less"


def test_discount_codes_go_with_discounts(coffee):
    discount = frame(coffee.lines).groupby("order_number").discount.sum()
    has_code = frame(coffee.orders).set_index("order_number").discount_code.notna()
    assert ((discount > 0) == has_code).all()
