"""Figures that papers and other libraries published on the CDNOW data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stamgast.insight.value import BGNBD, MBGNBD, GammaGamma

PUBLISHED_BG = {"r": 0.2425945, "alpha": 4.4136018, "a": 0.7929219, "b": 2.4259064}


def fixed(model, values, unit="week"):
    """Give a model the parameters of a paper, as if it had found them itself."""
    model.params_ = dict(values)
    model.unit_ = unit
    return model


def test_counts_histories_as_the_papers_do(sample_base, shared_data):
    paper = pd.read_csv(shared_data / "cdnow_summary.csv")
    ours = sample_base.fetch()
    t_x, T = sample_base.times(ours["first"].to_numpy(), ours["last"].to_numpy())
    assert (ours["x"].to_numpy() == paper.frequency).all()
    assert np.abs(t_x - paper.recency).max() < 0.005
    assert np.abs(T - paper["T"]).max() < 0.005


def test_bg_nbd_on_the_sample_as_published(sample_base):
    model = BGNBD().fit(sample_base)
    assert model.loglik_ == pytest.approx(-9582.42921, abs=1e-4)
    assert model.params_ == pytest.approx(PUBLISHED_BG, rel=1e-5)
    errors = {"r": 0.01256, "alpha": 0.3782, "a": 0.1857, "b": 0.7054}
    assert model.standard_errors_ == pytest.approx(errors, rel=5e-4)
    assert model.converged_
    assert model.identified_


def test_bg_nbd_on_all_customers_as_other_libraries_find_it(full_base):
    model = BGNBD().fit(full_base)
    assert full_base.states().customers == 23_570
    assert model.loglik_ == pytest.approx(-95368.44393, abs=1e-4)
    found = {"r": 0.251624, "alpha": 4.788943, "a": 0.723434, "b": 2.161088}
    assert model.params_ == pytest.approx(found, rel=1e-5)


def test_mbg_nbd_on_the_sample_as_published(sample_base):
    model = MBGNBD().fit(sample_base)
    assert model.loglik_ == pytest.approx(-9582.13572, abs=1e-4)
    found = {"r": 0.524843, "alpha": 6.183086, "a": 0.891359, "b": 1.614002}
    assert model.params_ == pytest.approx(found, rel=1e-5)


def test_gamma_gamma_on_the_sample_as_published(sample_base):
    model = GammaGamma(days="repeat").fit(sample_base)
    assert model.customers_ == 946
    assert model.loglik_ == pytest.approx(-4055.91769, abs=1e-4)
    found = {"p": 6.24957, "q": 3.74422, "gamma": 15.44352}
    assert model.params_ == pytest.approx(found, rel=1e-5)


def test_gamma_gamma_on_all_customers_as_other_libraries_find_it(full_base):
    model = GammaGamma(days="repeat").fit(full_base)
    assert model.loglik_ == pytest.approx(-40763.476, abs=1e-3)
    found = {"p": 6.27536, "q": 3.62445, "gamma": 14.98369}
    assert model.params_ == pytest.approx(found, rel=1e-5)


def test_bg_nbd_expects_the_published_purchases_of_one_customer():
    model = fixed(BGNBD(), PUBLISHED_BG)
    expected = model.expected_purchases(2, 30.43, 38.86, 39)
    assert expected[0] == pytest.approx(1.226, abs=5e-4)


def test_bg_nbd_expects_the_published_purchases_of_a_new_customer():
    model = fixed(BGNBD(), PUBLISHED_BG)
    expected = model.expected_purchases(0, 0, 0, [1 / 7, 1, 3, 31.8571, 32, 78])
    assert expected == pytest.approx([0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], abs=5e-4)


def test_gamma_gamma_expects_the_published_spend_of_a_new_customer():
    model = GammaGamma(days="repeat")
    model.params_ = {"p": 6.25, "q": 3.74, "gamma": 15.44}
    model.loss_share_, model.loss_mean_, model.loss_spread_ = 0.0, 0.0, 0.0
    assert model.mean_ == pytest.approx(6.25 * 15.44 / 2.74)
    # One repeat purchase of 22.34 is pulled towards the average of 35.2.
    assert model.expected_amount(1, 22.34)[0] == pytest.approx(
        (15.44 + 22.34) * 6.25 / (6.25 + 2.74)
    )
