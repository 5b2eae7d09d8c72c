"""The public data sets on which the papers published their figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from stamgast.insight.value import CustomerBase


def read_cdnow(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a CDNOW file as order rows.

    The file lists one customer after the other, and a customer is told by that: in some copies of
    the large file the numbers holding 1997 and 1998 were changed together with the dates.
    """
    raw = pd.read_csv(path, sep=r"\s+", header=None, names=columns)
    return pd.DataFrame(
        {
            "customer_id": (raw.customer != raw.customer.shift()).cumsum(),
            "day": pd.to_datetime(raw.day.astype(str)),
            "revenue": raw.dollars,
        }
    )


@pytest.fixture(scope="session")
def cdnow_sample(shared_data: Path) -> pd.DataFrame:
    columns = ["master", "customer", "day", "cds", "dollars"]
    return read_cdnow(shared_data / "cdnow_sample.txt", columns)


@pytest.fixture(scope="session")
def cdnow_full(shared_data: Path) -> pd.DataFrame:
    return read_cdnow(shared_data / "cdnow_master.txt", ["customer", "day", "cds", "dollars"])


CALIBRATED_UNTIL = date(1997, 9, 30)


@pytest.fixture(scope="session")
def sample_base(cdnow_sample: pd.DataFrame) -> CustomerBase:
    return CustomerBase.from_orders(
        cdnow_sample, until=CALIBRATED_UNTIL, unit="week", amount="revenue", as_moments=True
    )


@pytest.fixture(scope="session")
def full_base(cdnow_full: pd.DataFrame) -> CustomerBase:
    return CustomerBase.from_orders(
        cdnow_full, until=CALIBRATED_UNTIL, unit="week", amount="revenue", as_moments=True
    )
