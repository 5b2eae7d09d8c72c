"""Names, addresses and how to reach them: invented, and reaching nobody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stamgast.insight.simulation import dutch
from stamgast.insight.simulation.arrow import pick
from stamgast.insight.simulation.clock import Flags, Floats, Ints
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

_DOMAINS = ("example.com", "example.org", "example.net")
_ASCII = str.maketrans("äáàëéèïíöóòüúç", "aaaeeeiiooouuc", "' ")
_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"


def describe(spec: ShopSpec, people: Population, ids: Ints, streams: Streams) -> dict[str, Any]:
    """Return the personal columns of the customers table, for the named people in order."""
    rng = streams.named("people")
    count = ids.size
    first = rng.integers(0, len(dutch.FIRST_NAMES), count)
    last = rng.integers(0, len(dutch.SURNAMES), count)
    infixes = [infix for infix, _ in dutch.SURNAMES]
    has_infix = np.array([bool(infix) for infix in infixes])[last]
    is_company = np.array([kind.is_company for kind in spec.shoppers])[people.kind[:count]]
    form = rng.integers(0, len(dutch.COMPANY_FORMS), count)
    return {
        "first_name": pick(dutch.FIRST_NAMES, first),
        "infix": pick(infixes, last, ~has_infix),
        "last_name": pick([name for _, name in dutch.SURNAMES], last),
        "company": _companies(form, last, ~is_company),
        "email": _emails(spec, rng, ids, first, last),
        "phone": _phones(spec, rng, people.country[:count]),
        **_addresses(spec, rng, people),
        "language": pick([c.language for c in spec.countries], people.country[:count]),
    }


def _companies(form: Ints, last: Ints, missing: Flags) -> Any:
    pool = [shape.format(name) for shape in dutch.COMPANY_FORMS for _, name in dutch.SURNAMES]
    return pick(pool, form * len(dutch.SURNAMES) + last, missing)


def _emails(spec: ShopSpec, rng: np.random.Generator, ids: Ints, first: Ints, last: Ints) -> Any:
    """Put name and customer number together, so that no two are the same."""
    given = [name.lower().translate(_ASCII) for name in dutch.FIRST_NAMES]
    family = [(infix + name).lower().translate(_ASCII) for infix, name in dutch.SURNAMES]
    local = pc.binary_join_element_wise(pick(given, first), pick(family, last), ".")
    local = pc.binary_join_element_wise(local, pa.array(ids).cast(pa.string()), "")
    domain = pick(_DOMAINS, rng.integers(0, len(_DOMAINS), ids.size))
    address = pc.binary_join_element_wise(local, domain, "@")
    has = pa.array(rng.random(ids.size) < spec.people.email)
    return pc.if_else(has, address, pa.scalar(None, pa.string()))


def _phones(spec: ShopSpec, rng: np.random.Generator, country: Ints) -> Any:
    """Give numbers in +31 6 00, which no network hands out, to people in the Netherlands."""
    number = pa.array(1_000_000 + rng.integers(0, 1_000_000, country.size)).cast(pa.string())
    full = pc.binary_join_element_wise("+31600", pc.utf8_slice_codeunits(number, 1), "")
    is_dutch = np.array([c.code == "NL" for c in spec.countries])[country]
    has = pa.array((rng.random(country.size) < spec.people.phone) & is_dutch)
    return pc.if_else(has, full, pa.scalar(None, pa.string()))


def _addresses(spec: ShopSpec, rng: np.random.Generator, people: Population) -> dict[str, Any]:
    count = people.named
    country, is_local = people.country[:count], people.is_local[:count]
    towns = [dutch.TOWNS.get(c.code, dutch.TOWNS["NL"]) for c in spec.countries]
    first = np.cumsum([0, *(len(pool) for pool in towns)])
    size = np.diff(first)
    town = np.where(is_local, 0, (rng.random(count) * size[country]).astype(np.int64))
    town = first[country] + town
    base = np.array([code for pool in towns for _, code in pool])[town]
    digits = pa.array(base + rng.integers(0, 60, count)).cast(pa.string())
    letters = [f" {a}{b}" for a in _LETTERS for b in _LETTERS]
    suffix = pick(letters, rng.integers(0, len(letters), count))
    is_dutch = pa.array(np.array([c.code == "NL" for c in spec.countries])[country])
    postcode = pc.binary_join_element_wise(digits, pc.if_else(is_dutch, suffix, ""), "")
    number = pa.array(1 + np.floor(rng.gamma(1.3, 35.0, count)).astype(np.int64)).cast(pa.string())
    addition = pick(["", "A", "B", "-2"], rng.choice(4, count, p=[0.88, 0.06, 0.04, 0.02]))
    return {
        "street": pick(dutch.STREETS, rng.integers(0, len(dutch.STREETS), count)),
        "house_number": pc.binary_join_element_wise(number, addition, ""),
        "postcode": postcode,
        "city": pick([name for pool in towns for name, _ in pool], town),
        "country": pick([c.code for c in spec.countries], country),
    }


def referrers(spec: ShopSpec, people: Population, left: Floats, streams: Streams) -> Ints:
    """Return who brought each customer (-1: nobody): someone who bought before and had not left.

    Brought customers are a share of all; candidates are taken by chance and accepted with their
    attitude squared, so that the fond bring more.
    """
    rng = streams.named("referrals")
    count = people.named
    who = np.flatnonzero(rng.random(count) < spec.people.referred)
    by = np.full(count, -1, dtype=np.int64)
    for _ in range(12):
        candidate = (rng.random(who.size) * who).astype(np.int64)
        fond = rng.random(who.size) < people.attitude[candidate] ** 2
        here = (left[candidate] > people.begins[who]) & (candidate < who)
        accepted = fond & here
        by[who[accepted]] = candidate[accepted]
        who = who[~accepted]
    return by
