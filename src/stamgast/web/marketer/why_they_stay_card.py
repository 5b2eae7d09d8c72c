"""Why one customer stays: in words, as five tracks, and by the evidence behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.scoring.models import BondScore, Loyalty
from stamgast.web.design.tags import number
from stamgast.web.marketer import why_they_stay_words as words
from stamgast.web.sentences import filled

LITTLE = 0.2  # coverage below which we know little of a bond
STRONG = 0.5  # mean from which a bond is said to hold


@dataclass(frozen=True, slots=True)
class Track:
    """One bond as it is drawn: mean and 80 % interval on a line from 0 to 1."""

    code: str
    name: str
    mean: float
    low: float
    high: float
    coverage: float
    evidence: list[str]

    @property
    def is_seen(self) -> bool:
        return self.coverage > 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the card says."""

    sentence: SafeString
    kind: str
    tracks: list[Track]
    coverage: str
    ends: str
    recommend: tuple[float, float, float]


def shown_of(row: BondScore | None, as_of: date) -> Shown | None:
    """Return what the card says of a customer; None when nothing was seen that tells."""
    if row is None:
        return None
    from stamgast.web.marketer.stays_not_loyal import ends_in_words

    code = row.subtype if row.kind == Loyalty.SPURIOUS and row.subtype else row.kind
    return Shown(
        _sentence(row),
        words.say(words.ONE_OF_KIND, code),
        [_track(row, bond) for bond in words.BONDS],
        _coverage(row),
        ends_in_words(row, as_of),
        (row.recommend, row.recommend_low, row.recommend_high),
    )


def _sentence(row: BondScore) -> SafeString:
    facts = {"held": words.say(words.HOLDS, row.held_by)}
    if row.kind == Loyalty.TRUE:
        return filled(gettext("Buys here because of <b>liking us</b>."))
    if row.kind == Loyalty.LATENT:
        return filled(gettext("<b>Likes us</b>, but buys little: something stands in the way."))
    if row.kind == Loyalty.SPURIOUS:
        if row.is_subtype_assumed:
            return filled(
                gettext("Keeps buying without being loyal; <b>what holds them</b> was not seen.")
            )
        return filled(gettext("Stays through <b>%(held)s</b> rather than liking us."), **facts)
    if row.kind == Loyalty.NONE:
        return filled(gettext("Neither likes us much nor buys much; little holds them."))
    strong = [
        words.say(words.HOLDS, bond)
        for bond in words.BONDS
        if getattr(row, bond) > STRONG and getattr(row, f"{bond}_coverage") >= LITTLE
    ]
    if strong:
        text = gettext("Whether this is loyalty is not known yet; <b>%(held)s</b> plays a part.")
        return filled(text, held=strong[0])
    return filled(gettext("Why this customer stays is <b>not known yet</b>."))


def _track(row: BondScore, bond: str) -> Track:
    evidence = [line for line in row.evidence or [] if line.get("bond") == bond]
    return Track(
        bond,
        words.say(words.BONDS, bond),
        getattr(row, bond),
        getattr(row, f"{bond}_low"),
        getattr(row, f"{bond}_high"),
        getattr(row, f"{bond}_coverage"),
        [words.evidence_line(line) for line in evidence],
    )


def _coverage(row: BondScore) -> str:
    """Say how little we know of their attitude; empty when it is enough."""
    if row.emotional_coverage >= LITTLE:
        return ""
    told = sum(1 for line in row.evidence or [] if line.get("bond") == "emotional")
    if not told:
        return gettext("Of what they think of us we know nothing yet.")
    text = ngettext(
        "Of what they think of us we know little: %(n)s sign.",
        "Of what they think of us we know little: %(n)s signs.",
        told,
    )
    return text % {"n": number(told)}
