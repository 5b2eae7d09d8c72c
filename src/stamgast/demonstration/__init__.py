"""Building the example shop: simulated, then brought in through the doors a real shop uses."""

from __future__ import annotations

import csv
import secrets
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from stamgast.campaigns.models import Campaign
from stamgast.customers import actions as customers
from stamgast.customers.actions.history import load_answer_history, load_consent_history
from stamgast.customers.models import Answer, Consent, Customer
from stamgast.demonstration import efforts
from stamgast.importers import actions as importers
from stamgast.kernel import Money
from stamgast.loyalty import actions as loyalty
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.codes import actions as codes
from stamgast.loyalty.errors import NotEnoughPoints
from stamgast.loyalty.membership import actions as membership
from stamgast.loyalty.models import Reward
from stamgast.loyalty.queries import member_of as membership_of
from stamgast.loyalty.referrals import actions as referrals
from stamgast.loyalty.rewards import actions as rewards
from stamgast.loyalty.tiers import actions as tiers
from stamgast.measurement.judging import judge_all
from stamgast.sales import actions as sales
from stamgast.sales.models import Order, Product
from stamgast.scoring import actions as scoring
from stamgast.serving import prepare
from stamgast.staff import actions as staff
from stamgast.staff.models import User
from stamgast.web.design.bundle import bundle_file

Progress = Callable[[float, str], None]
EMAIL = "demo@stamgast.example"
COFFEE_VAT = 1.09  # prices of a contract hold the low rate
_LOGIN, _BUILT = "login.txt", "built"
_ENOUGH_TO_TRY = 800  # customers


def is_built() -> bool:
    """Say whether this home holds a finished demo."""
    return (Path(settings.HOME) / _BUILT).exists()


def login() -> tuple[str, str]:
    """Return the address and password of the demo's owner."""
    return EMAIL, (Path(settings.HOME) / _LOGIN).read_text("utf-8").strip()


def build(*, size: int, language: str, progress: Progress) -> None:
    """Simulate a shop up to today, bring it in, and score it."""
    at = datetime.now(UTC)
    _prepare(language, name="Koffiehuis Linde" if language == "nl" else "Linden Coffee", at=at)
    owner = User.objects.get(email=EMAIL)
    progress(0.02, "simulating_customers")
    from stamgast.insight.simulation import coffee_shop, simulate, write_files

    shop = simulate(coffee_shop(customers=size, end=at.date(), seed=7))
    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        progress(0.15, "writing_files")
        files = write_files(shop, Path(folder), format="csv")
        began = at - efforts.AGO
        before, after = _split(files["orders"], began)
        for place, file in enumerate((files["products"], files["customers"], before)):
            _bring_in(file, at, _part(progress, 0.18 + 0.14 * place, 0.14))
        tried = _begin_efforts(size, language, owner, at=began, progress=_part(progress, 0.6, 0.08))
        _bring_in(after, at, _part(progress, 0.68, 0.11))
    if tried is not None:
        efforts.finish(tried, owner, at=at)
    progress(0.8, "adding_conversations")
    _add_care(shop, at, owner)
    _add_programme(language, at, progress=_part(progress, 0.82, 0.03))
    scoring.score_base(as_of=None, at=at, progress=_part(progress, 0.85, 0.13))
    if tried is not None and tried.goal is not None:
        progress(0.98, "judging_campaigns")
        efforts.go_on(language, tried.goal, owner, at=at)
        judge_all(as_of=None, at=at, progress=lambda share, doing: None)
    bundle_file()  # so that the first page with a picture opens at once
    progress(1.0, "done")
    (Path(settings.HOME) / _BUILT).write_text(at.isoformat(), "utf-8")


def _split(orders: Path, at: datetime) -> tuple[Path, Path]:
    """Split the orders into those of before this moment and those that came after it."""
    before, after = (orders.with_name(f"orders-{part}.csv") for part in ("before", "after"))
    with (
        orders.open(encoding="utf-8", newline="") as whole,
        before.open("w", encoding="utf-8", newline="") as earlier,
        after.open("w", encoding="utf-8", newline="") as later,
    ):
        rows = csv.reader(whole)
        heading = next(rows)
        place, moment = heading.index("ordered_at"), f"{at:%Y-%m-%d}"
        writers = [csv.writer(file) for file in (earlier, later)]
        for writer in writers:
            writer.writerow(heading)
        for row in rows:
            writers[row[place][:10] >= moment].writerow(row)
    return before, after


def _bring_in(file: Path, at: datetime, progress: Progress) -> None:
    answers = {"currency": "EUR", "vat": "included"}
    importers.import_file(file, layout=None, answers=answers, at=at, progress=progress)


def _begin_efforts(
    size: int, language: str, owner: User, *, at: datetime, progress: Progress
) -> Campaign | None:
    """Score the shop as it was then, and let it try something; a small one has too few customers."""
    if size < _ENOUGH_TO_TRY:
        return None
    scoring.score_base(
        as_of=at.date() - timedelta(days=1),
        at=at,
        progress=lambda share, doing: progress(share * 0.8, "scoring_the_shop_as_it_was"),
    )
    progress(0.8, "trying_a_campaign")
    return efforts.begin(language, owner, at=datetime.combine(at.date(), time(7), UTC))


def build_from(orders: Path, *, language: str, progress: Progress) -> str:
    """Bring in the user's own orders and score them; returns what happened, in a sentence."""
    at = datetime.now(UTC)
    _prepare(language, name="", at=at)
    batch = importers.import_file(orders, at=at, progress=_part(progress, 0.02, 0.68))
    scoring.score_base(as_of=None, at=at, progress=_part(progress, 0.7, 0.3))
    (Path(settings.HOME) / _BUILT).write_text(at.isoformat(), "utf-8")
    return (
        f"{batch.read:,} rows read as {batch.layout}: {batch.imported:,} imported, "
        f"{batch.quarantined:,} to mend."
    )


def _prepare(language: str, *, name: str, at: datetime) -> None:
    prepare(say=lambda words: None)
    password = "-".join(secrets.choice(_WORDS) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"
    if not User.objects.filter(email=EMAIL).exists():
        staff.make_user(
            email=EMAIL,
            name="Sanne de Wit",
            role="admin",
            language=language,
            password=password,
            at=at,
            by="demo",
        )
        file = Path(settings.HOME) / _LOGIN
        file.touch(mode=0o600)
        file.write_text(password, "utf-8")
    own = {"name": name, "website": "https://linde.example"} if name else {}
    staff.change_shop(at=at, by="demo", language=language, is_demo=True, **own)


def _add_care(shop: Any, at: datetime, owner: User) -> None:
    """Add what no file of orders holds: consents, conversations, contracts, answers, referrals."""
    people = {
        customer.key: customer
        for customer in Customer.objects.exclude(key=None).filter(merged_into=None)
    }

    def of_known(table: Any) -> Iterator[tuple[Customer, dict[str, Any]]]:
        for row in table.to_pylist():
            customer = people.get(str(row["customer_id"]))
            if customer is not None:
                yield customer, row

    consents = [_consent(customer, row) for customer, row in of_known(shop.consents)]
    load_consent_history(consents, at=at)
    load_answer_history([_answer(customer, row) for customer, row in of_known(shop.answers)], at=at)
    writes: list[Callable[[], object]] = []
    for table, write in ((shop.interactions, _interaction), (shop.contracts, _contract)):
        writes += [partial(write, customer, row, at, owner) for customer, row in of_known(table)]
    for referred, row in of_known(shop.customers):
        if friend := people.get(str(row["referred_by"])):
            writes.append(partial(_referral, friend, referred, row, at))
    writes += [partial(_flag, row, at) for row in shop.products.to_pylist() if row["works_with"]]
    for start in range(0, len(writes), 100):
        with transaction.atomic():
            for write_one in writes[start : start + 100]:
                write_one()


_PROGRAMME: dict[str, dict[str, Any]] = {
    "nl": {
        "name": "Linde Spaart", "per_euro": "Eén punt per euro", "review": "Beoordeling",
        "tiers": ("Brons", "Zilver", "Goud"), "free": "Gratis bezorging", "first": "Als eerste proeven",
        "mug": "Koffiemok", "five": "Vijf euro korting", "tasting": "Proeverij voor twee",
        "codes": "Korting voor punten", "autumn": "Herfstactie", "cards": "Cadeaubonnen",
    },
    "en": {
        "name": "Linden Points", "per_euro": "One point per euro", "review": "Review",
        "tiers": ("Bronze", "Silver", "Gold"), "free": "Free delivery", "first": "First to taste",
        "mug": "Coffee mug", "five": "Five euros off", "tasting": "Tasting for two",
        "codes": "Discount for points", "autumn": "Autumn offer", "cards": "Gift cards",
    },
}  # fmt: skip
_MEMBERS = 300  # enough to look around among, and soon written


def _add_programme(language: str, at: datetime, *, progress: Progress) -> None:
    """Let the shop have a loyalty programme for a year, with members whose orders earned."""
    say = _PROGRAMME[language]
    since = at - timedelta(days=365)
    loyalty.set_programme(
        at=since, by="demo", name=say["name"], pending_days=14, does_history_earn=True
    )
    loyalty.start_programme(at=since, by="demo", since=since)
    loyalty.add_rule(
        at=since, by="demo", name=say["per_euro"], kind="per_amount", points=1, starts_at=since
    )
    loyalty.add_rule(
        at=since, by="demo", name=say["review"], kind="action", action="review", points=50,
        starts_at=since,
    )  # fmt: skip
    tiers.set_rule(measure="spend", window="rolling", months=12, at=since)
    free = {"kind": "free_shipping", "text": say["free"], "value_minor": 2500, "cost_minor": 1800}
    first = {"kind": "early_access", "text": say["first"], "value_minor": 1000, "cost_minor": 200}
    for name, euros, benefits in zip(
        say["tiers"], (100, 250, 500), ([], [free], [free, first]), strict=True
    ):
        tiers.set_tier(name=name, threshold=100 * euros, benefits=benefits, at=since)
    _add_rewards(say, since)
    lately = Order.objects.filter(ordered_at__gte=since, is_purchase=True).order_by("ordered_at")
    buyers = list(dict.fromkeys(lately.exclude(customer=None).values_list("customer", flat=True)))
    chosen = sorted(buyers, key=lambda pk: (pk * 7919) % 1009)[:_MEMBERS]
    for customer in Customer.objects.filter(pk__in=chosen, merged_into=None, erased_at=None):
        membership.join(customer, membership.Agreed(say["name"], "demo"), at=since, by="demo")
    orders = list(lately.filter(customer__in=chosen))
    for start in range(0, len(orders), 100):
        with transaction.atomic():
            for order in orders[start : start + 100]:
                follow_order(order, at=order.ordered_at)
                _claim_now_and_then(order)
        progress(start / len(orders), "adding_programme")
    tiers.judge_members(at=at)


def _add_rewards(say: dict[str, Any], at: datetime) -> None:
    """Put rewards up, and codes for them and for an offer."""
    five = codes.make_set(
        name=say["codes"], kind="amount", amount_minor=500, currency="EUR", uses_per_code=1, at=at
    )
    codes.make_set(
        name=say["autumn"], kind="percent", percent=Decimal(10), currency="EUR", budget_minor=50_000,
        least_order_minor=2500, at=at,
    )  # fmt: skip
    codes.make_set(
        name=say["cards"], kind="gift_card", currency="EUR", vat_kind="multi_purpose", is_sold=True,
        at=at,
    )  # fmt: skip
    for name, kind, points, cost, of_codes in (
        (say["mug"], "gift", 150, 350, None),
        (say["five"], "discount", 100, 500, five),
        (say["tasting"], "experience", 400, 2500, None),
    ):
        rewards.make_reward(
            name=name, kind=kind, points=points, cost_minor=cost, code_set=of_codes, currency="EUR",
            requires_purchase=of_codes is not None, at=at,
        )  # fmt: skip
    referrals.set_rule(is_on=True, at=at)


def _claim_now_and_then(order: Order) -> None:
    """Let one in three members take a reward when they have the points for it."""
    customer = order.customer_id or 0
    if customer % 3:
        return
    member = membership_of(order.customer) if order.customer else None
    reward = Reward.objects.order_by("points", "pk")[customer % 2]
    if member is None:
        return
    try:
        made = rewards.claim_reward(
            reward, member, key=f"demo:{order.pk}", at=order.ordered_at, by="demo"
        )
    except NotEnoughPoints:
        return
    if made.state == "claimed" and order.pk % 10:
        rewards.fulfil_claim(made, at=order.ordered_at, by="demo")


def _consent(customer: Customer, row: dict[str, Any]) -> Consent:
    return Consent(
        customer=customer,
        channel=row["channel"],
        purpose=row["purpose"],
        is_granted=row["is_granted"],
        wording=row["wording"] or "",
        source=row["source"],
        at=row["at"],
    )


def _interaction(customer: Customer, row: dict[str, Any], at: datetime, owner: User) -> None:
    is_complaint = row["kind"] == "complaint"
    said = customers.add_interaction(
        customer,
        kind=row["kind"],
        text=row["text"] or row["subject"] or row["kind"],
        at=row["at"],
        by=owner,
        is_ours=row["is_ours"],
        order_number=str(row["order_number"] or ""),
        owner=owner if is_complaint else None,
        due=row["due_on"] if is_complaint else None,
        key=f"demo:{row['interaction_id']}",
    )
    if is_complaint and row["closed_at"]:
        outcome = (row["outcome"] or "").replace("_", " ")
        customers.close_complaint(said, outcome=outcome, at=row["closed_at"], by=owner)


_QUESTIONS = {"reason": "why_stay"}
_REASONS = {
    "nearby_or_habit": "situational",
    "price_or_points": "economic",
    "contract": "legal",
    "fits_my_device": "technical",
    "i_like_this_shop": "emotional",
}


def _answer(customer: Customer, row: dict[str, Any]) -> Answer:
    return Answer(
        customer=customer,
        question=_QUESTIONS.get(row["question"], row["question"]),
        score=row["score"],
        out_of=None if row["score"] is None else 10,
        choice=_REASONS[row["choice"]] if row["choice"] else "",
        remark=row["remark"] or "",
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
        order_number=str(row["order_number"] or ""),
        source=Answer.Source.LINK,
    )


def _referral(friend: Customer, referred: Customer, row: dict[str, Any], at: datetime) -> None:
    since = datetime.combine(row["since"], time(12), UTC)
    customers.record_referral(friend, referred=referred, at=at, happened_at=min(since, at))


def _flag(row: dict[str, Any], at: datetime) -> None:
    """A system ties its owner to us, and so does what only fits it."""
    from stamgast.insight.simulation.coffee_shelves import coffee_catalogue

    is_device = row["sku"] in {system.device for system in coffee_catalogue().systems}
    product = Product.objects.get(sku=row["sku"])
    sales.set_product_flags(
        product, is_platform=is_device, is_consumable=not is_device, at=at, by="demo"
    )


def _contract(customer: Customer, row: dict[str, Any], at: datetime, owner: User) -> None:
    sales.record_contract(
        customer,
        number=str(row["contract_number"]),
        name=f"{row['quantity']} x {row['sku']}",
        started_on=row["started_on"],
        ends_on=row["ends_on"],
        notice_on=row["notice_on"],
        months=max(1, round(row["interval_days"] / 30)),
        amount=Money.of(str(round(row["quantity"] * row["unit_price"] / COFFEE_VAT, 2)), "EUR"),
        at=at,
        by="demo",
    )


def _part(progress: Progress, start: float, length: float) -> Progress:
    return lambda share, doing: progress(start + length * share, doing)


_WORDS = [
    "linde",
    "kade",
    "molen",
    "akker",
    "branding",
    "duin",
    "heide",
    "ketel",
    "lepel",
    "merel",
    "novelle",
    "oever",
    "palet",
    "roos",
    "schelp",
    "toren",
    "vlinder",
    "wilg",
    "zomer",
    "bries",
    "cacao",
    "eik",
    "fluit",
    "gracht",
    "haven",
    "iris",
    "kiezel",
    "laan",
    "mist",
    "noot",
]
