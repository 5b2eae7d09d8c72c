"""What rooms above this one can tell about why customers stay: the protocol, and who follows it.

A room offers a function under the entry point group `stamgast.evidence`:

    [project.entry-points."stamgast.evidence"]
    loyalty = "stamgast.loyalty.evidence:told"
"""

from __future__ import annotations

from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

GROUP = "stamgast.evidence"


class EvidenceError(RuntimeError):
    """A room told something that is no evidence: its name, and what is wrong."""


class Evidence(Protocol):
    """What one room can tell about customers, up to the end of a business day.

    Returns a pyarrow table with the columns of `insight.bonds.EVIDENCE`, or, where there are many
    rows, a statement that gives them: the reader runs it in a process of its own. Such a statement
    is understood by SQLite and PostgreSQL alike, takes no parameters, gives its columns in one type
    each and days as `YYYY-MM-DD`. `customer_id` is the customer's own number here. What is told of
    customers who object to profiling, or are not there any more, is left out by scoring.
    """

    def __call__(self, as_of: date) -> Any:
        """Return the table, or the statement as a text."""


def ask_rooms(as_of: date, folder: Path) -> dict[str, str]:
    """Ask every room; write the tables to the folder and return the statements, by file name.

    Each becomes a file `evidence-<name>.parquet` in the end. Refuses what is neither a table nor a
    statement with EvidenceError.
    """
    statements: dict[str, str] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        told = point.load()(as_of)
        if isinstance(told, str):
            statements[f"evidence-{point.name}"] = told
        else:
            _write(told, folder / f"evidence-{point.name}.parquet", point.name)
    return statements


def _write(told: Any, file: Path, name: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    if not isinstance(told, pa.Table):
        raise EvidenceError(f"{name}: neither a pyarrow table nor a statement")
    parquet.write_table(told, file)
