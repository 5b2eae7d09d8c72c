"""The tables of contact: consents, interactions and answers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation import answers, care, consents, dutch
from stamgast.insight.simulation.arrow import days_of, moments, pick, table
from stamgast.insight.simulation.clock import Flags, Ints
from stamgast.insight.simulation.part import Part

KINDS = ("complaint", "email", "call", "note")
EMAIL, CALL = KINDS.index("email"), KINDS.index("call")
OUTCOMES = ("refund", "replacement", "apology", "none")
SUBJECTS = tuple(dutch.COMPLAINTS)
_AFTER_LATE = (0.8, 0.05, 0.05, 0.05, 0.05)
_OTHERWISE = (0.0, 0.35, 0.25, 0.3, 0.1)
_REMARKS = 0.3


def consents_table(part: Part, customer: Ints) -> pa.Table:
    """Return every consent given, refused or withdrawn."""
    given, asked = part.consents, part.spec.consents
    return table(
        "consents",
        {
            "customer_id": customer[given.owner],
            "channel": pick([a.channel for a in asked], given.asked),
            "purpose": pick([a.purpose for a in asked], given.asked),
            "is_granted": given.is_granted,
            "wording": pick([a.wording for a in asked], given.asked),
            "source": pick(consents.SOURCES, given.source),
            "at": moments(part.clock, given.at),
        },
    )


def interactions_table(part: Part, customer: Ints, order: Ints, first: int) -> pa.Table:
    """Return complaints and other contacts, in order of time."""
    rng = part.streams.named("words")
    every = _together(part)
    size = every.kind.size
    complained = every.kind == care.COMPLAINED
    subject = np.where(
        part.orders.is_late[every.order],
        rng.choice(len(SUBJECTS), size, p=_AFTER_LATE),
        rng.choice(len(SUBJECTS), size, p=_OTHERWISE),
    )
    outcome = rng.choice(3, size, p=(0.4, 0.35, 0.25))
    by_mail = (every.kind == care.ASKED) & (rng.random(size) < 0.7)
    kind = np.array([0, CALL, CALL, 3])[every.kind]
    lost = every.is_badly & (rng.random(size) < 0.5)
    unclosed = every.closed >= part.now
    aimless = (every.kind == care.CALLED) | (every.kind == care.NOTED)
    return table(
        "interactions",
        {
            "interaction_id": first + np.arange(size),
            "customer_id": customer[every.owner],
            "order_number": pa.array(order[every.order], mask=aimless),
            "kind": pick(KINDS, np.where(by_mail, EMAIL, kind)),
            "is_ours": every.kind == care.CALLED,
            "at": moments(part.clock, every.at),
            "subject": pick(SUBJECTS, subject, ~complained),
            "text": _texts(every.kind, subject, rng),
            "handled_by": pick(dutch.STAFF, rng.integers(0, len(dutch.STAFF), size)),
            "due_on": days_of(part.clock, every.due, np.isinf(every.due)),
            "closed_at": moments(part.clock, every.closed, unclosed),
            "outcome": pick(OUTCOMES, np.where(lost, 3, outcome), unclosed | ~complained),
        },
    )


def _together(part: Part) -> care.Contact:
    both = care.Contact(
        *(
            np.concatenate([getattr(part.complaints, f.name), getattr(part.contacts, f.name)])
            for f in fields(care.Contact)
        )
    )
    by_time = np.argsort(both.at, kind="stable")
    return care.Contact(*(getattr(both, f.name)[by_time] for f in fields(care.Contact)))


def _texts(kind: Ints, subject: Ints, rng: np.random.Generator) -> Any:
    """Choose a sentence that fits the kind of contact, and the subject of a complaint."""
    pools = [*dutch.COMPLAINTS.values(), dutch.QUESTIONS, dutch.CALLS, dutch.NOTES]
    first = np.cumsum([0, *(len(pool) for pool in pools)])
    which = np.where(kind == care.COMPLAINED, subject, len(SUBJECTS) - 1 + kind)
    within = (rng.random(kind.size) * np.diff(first)[which]).astype(np.int64)
    return pick([text for pool in pools for text in pool], first[which] + within)


def answers_table(part: Part, customer: Ints, order: Ints, first: int) -> pa.Table:
    """Return the answers, in order of time."""
    given = part.answers
    is_reason = given.question == answers.REASON
    return table(
        "answers",
        {
            "answer_id": first + np.arange(given.order.size),
            "customer_id": customer[given.owner],
            "order_number": order[given.order],
            "question": pick(answers.QUESTIONS, given.question),
            "asked_at": moments(part.clock, given.asked_at),
            "answered_at": moments(part.clock, given.at),
            "score": pa.array(given.score, mask=is_reason),
            "choice": pick(answers.REASONS, given.choice, ~is_reason),
            "remark": _remarks(part, is_reason),
        },
    )


def _remarks(part: Part, is_reason: Flags) -> Any:
    rng, score = part.streams.named("remarks"), part.answers.score
    high, low = len(dutch.REMARKS_HIGH), len(dutch.REMARKS_LOW)
    u = rng.random(score.size)
    index = np.where(score >= 9, u * high, high + u * low).astype(np.int64)
    silent = rng.random(score.size) >= _REMARKS
    between = (score > 6) & (score < 9)
    return pick([*dutch.REMARKS_HIGH, *dutch.REMARKS_LOW], index, silent | between | is_reason)
