"""The Net Promoter Score, its standard error, and how many answers are needed."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest

from insight.text_tables import table
from stamgast.insight.bonds import (
    answers_for_score,
    answers_for_share,
    answers_needed,
    measured_score,
    net_promoter_score,
)
from stamgast.insight.tables import TableError

DAY = date(2026, 6, 30)


@pytest.mark.parametrize(("answers", "points"), [(100, 14.6), (400, 7.3)])
def test_half_the_answers_promoters_and_a_sixth_detractors_gives_the_published_reach(
    answers, points
):
    """SE = sqrt((p + d - (p - d)^2) / n): 0.745 / sqrt(n) for p = 1/2 and d = 1/6."""
    error = math.sqrt((0.5 + 1 / 6 - (0.5 - 1 / 6) ** 2) / answers)
    assert error * math.sqrt(answers) == pytest.approx(0.745, abs=0.0005)
    found = net_promoter_score(answers * 6 // 12, answers // 3, answers - answers * 10 // 12)
    assert found.answers == pytest.approx(answers, abs=1)
    assert (found.high - found.low) / 2 * 100 == pytest.approx(points, abs=0.1)


def test_standard_error_is_that_of_the_mean_of_plus_one_nothing_and_minus_one():
    votes = np.repeat([1, 0, -1], [43, 31, 26])
    found = net_promoter_score(43, 31, 26)
    assert found.score == pytest.approx(votes.mean())
    assert found.standard_error == pytest.approx(votes.std() / math.sqrt(100))


def test_two_waves_of_four_hundred_differ_from_ten_points_on():
    one = net_promoter_score(200, 133, 67)
    assert math.sqrt(2) * 1.96 * one.standard_error * 100 == pytest.approx(10.3, abs=0.05)


def test_counts_the_newest_answer_of_each_and_none_beyond_a_year():
    answers = table("""
        customer | question | score | day
        anna     | nps      | 3     | 2026-01-10
        anna     | nps      | 9     | 2026-05-10
        bram     | nps      | 7     | 2026-05-10
        carla    | nps      | 6     | 2026-05-10
        daan     | nps      | 10    | 2026-05-10
        eva      | nps      | 0     | 2025-06-30
        eva      | csat     | 1     | 2026-05-10
        finn     | nps      | 0     | 2026-07-01
    """)
    found = measured_score(answers, as_of=DAY)
    assert (found.answers, found.promoters, found.detractors) == (4, 0.5, 0.25)
    assert found.score == 0.25


def test_nobody_answered_is_no_score():
    answers = table("""
        customer | question | score | day
        anna     | csat     | 3     | 2026-01-10
    """)
    assert measured_score(answers, as_of=DAY) is None
    with pytest.raises(ValueError, match="at least one answer"):
        net_promoter_score(0, 0, 0)


def test_refuses_a_score_off_its_scale():
    answers = table("""
        customer | question | score | day
        anna     | nps      | 11    | 2026-01-10
    """)
    with pytest.raises(TableError, match="between 0 and 10"):
        measured_score(answers, as_of=DAY)


def test_needed_answers_give_the_width_that_was_asked_for():
    needed = answers_for_score(0.1)
    found = net_promoter_score(needed // 2, needed // 3, needed - needed // 2 - needed // 3)
    assert (found.high - found.low) / 2 == pytest.approx(0.1, abs=0.002)
    assert answers_for_share(0.05) == 385  # the well-known figure for five points at 95 %
    assert answers_for_score(0.1, promoters=0.5, detractors=0.5) == 385


def test_a_small_base_needs_fewer_and_never_more_than_it_has():
    assert answers_for_share(0.05, customers=1000) == 278
    assert answers_for_share(0.001, customers=40) == 40
    assert answers_for_share(0.05, share=0.0) == 1


def test_says_how_many_more_must_answer():
    nps, share = answers_needed(None, customers=8000)
    assert (nps.figure, nps.value, nps.half_width, nps.answers) == ("nps", None, None, 0)
    assert nps.still_needed == nps.needed == answers_for_score(0.1, customers=8000)
    assert share.needed == answers_for_share(0.05, customers=8000)
    score = net_promoter_score(150, 100, 50)
    nps, share = answers_needed(score, customers=8000, true_share=0.2)
    assert nps.half_width == pytest.approx(1.96 * score.standard_error, rel=0.03)
    assert nps.still_needed == 0
    assert nps.half_width < nps.wanted_half_width
    assert share.needed < answers_for_share(0.05, customers=8000)


def test_a_handful_of_promoters_is_no_certainty():
    nps, _ = answers_needed(net_promoter_score(4, 0, 0), customers=8000)
    assert nps.still_needed > 100
    assert nps.half_width > 0.5


def test_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="together at most one"):
        answers_for_score(0.1, promoters=0.7, detractors=0.4)
    with pytest.raises(ValueError, match="above zero"):
        answers_for_score(0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        answers_for_share(0.1, share=1.1)
    with pytest.raises(ValueError, match="at least one customer"):
        answers_needed(None, customers=0)
    with pytest.raises(ValueError, match="share of those who answered"):
        answers_needed(None, customers=10, true_share=0.5)
