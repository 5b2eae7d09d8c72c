"""Whatever a small shop is made of, it can be simulated and holds together."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from insight.simulation.checks import assert_holds_together
from stamgast.insight.simulation import ShopSpec, simulate
from stamgast.insight.simulation.amounts import GammaGamma, LogNormal
from stamgast.insight.simulation.clock import Season
from stamgast.insight.simulation.coffee_shelves import coffee_catalogue
from stamgast.insight.simulation.dropouts import AtOnce, BetaGeometric, Exponential, Never, Weibull
from stamgast.insight.simulation.mechanisms import (
    Arrivals,
    Baskets,
    Channel,
    Contacts,
    Country,
    Discounts,
    Rate,
    SecondLife,
    Service,
    Shipping,
    Shoppers,
    Subscription,
    Surveys,
    Ties,
)

CHANCE = st.floats(0, 1)
SHAPE = st.floats(0.05, 8)
DAYS = st.floats(0.5, 2_000)
DROP_OUTS = st.one_of(
    st.builds(Never),
    st.builds(AtOnce),
    st.builds(BetaGeometric, SHAPE, SHAPE, after_first=st.booleans()),
    st.builds(Exponential, SHAPE, DAYS),
    st.builds(Weibull, st.floats(0.3, 5), DAYS, spread=st.floats(0, 1)),
)
SEASONS = st.builds(
    Season,
    months=st.lists(st.floats(0, 3), min_size=12, max_size=12).filter(any).map(tuple),
    weekdays=st.lists(st.floats(0, 3), min_size=7, max_size=7).filter(any).map(tuple),
)
ORDINARY = st.builds(
    Shoppers,
    name=st.just("ordinary"),
    share=st.floats(0.1, 1),
    rate=st.builds(Rate, SHAPE, st.floats(2, 2_000)),
    drop_out=DROP_OUTS,
    regularity=st.integers(1, 6),
    season=st.none() | SEASONS,
    is_company=st.booleans(),
    basket=st.floats(0.2, 3),
)
PLANS = st.builds(
    Subscription,
    interval=st.integers(3, 90),
    a=SHAPE,
    b=SHAPE,
    notice_days=st.integers(0, 60),
    fixed=CHANCE,
    begins_within=st.integers(0, 60),
)
SUBSCRIBERS = st.builds(
    lambda plan: Shoppers("subscriber", 0.5, Rate(1, 28), Never(), subscription=plan), PLANS
)
SERVICE = st.builds(
    Service,
    late_chance=CHANCE,
    disruption_days=st.integers(0, 60),
    disruption_chance=CHANCE,
    complaint_chance=st.floats(0, 0.5),
    after_late=st.floats(0, 0.5),
    badly=CHANCE,
    leave_after=CHANCE,
)
CHANNELS = (
    Channel("web", 0.5, "Web"),
    Channel("shop", 0.5, "Store", ships=False, open_hours=(9, 18), local_only=True),
)
COUNTRIES = (
    Country("NL", 0.6, 9, 21),
    Country("DE", 0.3, 7, 19, 2, "de"),
    Country("FR", 0.1, 5, 20),
)


@st.composite
def specs(draw):
    start = draw(st.dates(date(2001, 1, 1), date(2035, 12, 31)))
    kinds = draw(st.lists(ORDINARY, min_size=1, max_size=3))
    if draw(st.booleans()):
        kinds.append(draw(SUBSCRIBERS))
    amounts = draw(
        st.none() | st.just(GammaGamma(6.25, 3.74, 15.44)) | st.just(LogNormal(30.0, 0.8, 0.5))
    )
    return ShopSpec(
        start=start,
        end=start + timedelta(days=draw(st.integers(1, 500))),
        customers=draw(st.integers(1, 25)),
        seed=draw(st.integers(0, 2**40)),
        zone=draw(st.sampled_from(["Europe/Amsterdam", "UTC", "America/New_York"])),
        future_days=draw(st.integers(0, 400)),
        anonymous=draw(st.floats(0, 0.6)),
        shoppers=tuple(kinds),
        arrivals=Arrivals(
            draw(st.floats(-1, 1)), draw(st.none() | st.integers(1, 900)), already=draw(CHANCE)
        ),
        season=draw(SEASONS),
        ties=Ties(rate_drop_out=draw(st.floats(-0.4, 0.4)), rate_attitude=0.3),
        second_life=SecondLife(draw(CHANCE), least=draw(st.integers(1, 90))),
        catalogue=coffee_catalogue(),
        amounts=amounts,
        baskets=Baskets(draw(st.floats(0, 5)), draw(st.floats(0, 1))),
        discounts=draw(st.none() | st.just(Discounts(percents=(5.0, 100.0), weights=(1.0, 1.0)))),
        shipping=draw(st.none() | st.builds(Shipping, free_from=st.floats(0, 100))),
        channels=CHANNELS,
        countries=COUNTRIES,
        service=draw(SERVICE),
        contacts=Contacts(1.0, 0.5, 0.5),
        surveys=Surveys(ask=1.0, response=1.0),
    )


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_any_small_shop_holds_together(spec):
    assert_holds_together(simulate(spec))
