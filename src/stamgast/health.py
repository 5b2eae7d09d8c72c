"""Looking the installation over: what is well, what needs a look, what must be mended."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from stamgast.customers.rules import CLOCKS_DIFFER
from stamgast.events.models import Job
from stamgast.importers.models import RowToMend
from stamgast.loyalty.models import Wallet
from stamgast.loyalty.queries import ledger_alarm
from stamgast.mail import configuration
from stamgast.mail.queries import outbox_counts
from stamgast.sales.models import Order
from stamgast.scoring.queries import current_run
from stamgast.staff.models import User
from stamgast.staff.queries import shop


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: str  # "good", "look" or "bad"
    sentence: str
    advice: str = ""

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything; a database that does not answer ends the list early."""
    now = datetime.now(UTC)
    findings = [*_surroundings()]
    try:
        for check in _CHECKS:
            findings += check(now)
    except DatabaseError as error:
        findings.append(
            Finding(
                "database",
                "bad",
                f"The database does not answer: {str(error).splitlines()[0]}",
                "Run: stamgast migrate",
            )
        )
    return findings


def _surroundings() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "good", f"Python {version}.")
    free = shutil.disk_usage(settings.HOME).free / 1e9
    state = "good" if free > 2 else "bad"
    yield Finding(
        "disk",
        state,
        f"{free:.1f} GB free where {settings.HOME.name} lies.",
        "" if state == "good" else "Make room: imports and backups need at least 2 GB.",
    )
    mode = settings.HOME.stat().st_mode & 0o077
    if os.name == "posix" and mode:
        yield Finding(
            "home",
            "look",
            "Other users of this machine can look into the home folder.",
            "Run: chmod 700 on it.",
        )
    else:
        yield Finding("home", "good", "The home folder is ours alone.")


def _database(now: datetime) -> Iterator[Finding]:
    from stamgast.serving import pending_migrations

    pending = pending_migrations()
    if pending:
        yield Finding(
            "database",
            "bad",
            f"The database lacks {pending} changes of this version.",
            "Run: stamgast migrate",
        )
    else:
        yield Finding("database", "good", f"The database ({connection.vendor}) is up to date.")


def _people(now: datetime) -> Iterator[Finding]:
    if User.objects.filter(is_active=True, role="admin").exists():
        yield Finding("users", "good", "Somebody may change the settings.")
    else:
        yield Finding(
            "users",
            "bad",
            "Nobody may change the settings.",
            "Run: stamgast user add you@shop.example --role admin",
        )


def _orders(now: datetime) -> Iterator[Finding]:
    newest = Order.objects.order_by("-ordered_at").values_list("ordered_at", flat=True).first()
    if newest is None:
        yield Finding("orders", "look", "No orders yet.", "Run: stamgast import FILE")
        return
    age = now - newest
    limit = timedelta(hours=shop().orders_may_be_old)
    yield Finding(
        "orders",
        "good" if age <= limit else "look",
        f"The newest order is of {newest:%Y-%m-%d %H:%M} UTC.",
        "" if age <= limit else "Older than the shop's limit: is the import running?",
    )
    waiting = RowToMend.objects.filter(mended_at=None, dropped_at=None).count()
    yield Finding(
        "rows",
        "look" if waiting else "good",
        f"{waiting} rows to mend.",
        "Mend them under Import in the screens." if waiting else "",
    )


def _scores(now: datetime) -> Iterator[Finding]:
    run = current_run()
    if run is None or run.ended_at is None:
        yield Finding("scores", "look", "Nothing scored yet.", "Run: stamgast score")
    else:
        old = now - run.ended_at > timedelta(hours=36)
        yield Finding(
            "scores",
            "look" if old else "good",
            f"Scored as of {run.as_of}.",
            "Longer than a day ago: is `stamgast serve` or `stamgast work` running?" if old else "",
        )


def _work(now: datetime) -> Iterator[Finding]:
    failed = Job.objects.filter(status=Job.Status.FAILED, ended_at__gt=now - timedelta(days=7))
    for job in failed.order_by("-ended_at")[:3]:
        yield Finding(
            "jobs",
            "look",
            f"The job {job.kind} failed: {job.error.splitlines()[0][:120]}"
            if job.error
            else f"The job {job.kind} failed.",
        )
    late = Job.objects.filter(
        status=Job.Status.WAITING, run_at__lt=now - timedelta(hours=1)
    ).count()
    if late:
        yield Finding(
            "jobs",
            "bad",
            f"{late} jobs wait longer than an hour.",
            "Start the work: stamgast serve, or stamgast work",
        )
    elif not failed:
        yield Finding("jobs", "good", "No job failed this week, none is late.")


def _backups(now: datetime) -> Iterator[Finding]:
    files = sorted((settings.HOME / "backups").glob("stamgast-*.tar.gz"))
    if not files:
        yield Finding("backup", "look", "No backup yet.", "Run: stamgast backup")
        return
    age = now - datetime.fromtimestamp(files[-1].stat().st_mtime, UTC)
    yield Finding(
        "backup",
        "good" if age < timedelta(days=2) else "look",
        f"The newest backup is {age.days} days old." if age.days else "Backed up today.",
        "" if age < timedelta(days=2) else "Run: stamgast backup",
    )


def _mail(now: datetime) -> Iterator[Finding]:
    counts = outbox_counts(at=now)
    mail = configuration.mail_settings()
    obstacles = configuration.obstacles(mail, configuration.brand())
    if counts.uncertain:
        yield Finding(
            "mail",
            "look",
            f"Of {counts.uncertain} messages nobody knows whether they arrived.",
            "Decide them by hand under Mail in the screens.",
        )
    if counts.waiting and (obstacles or mail.trouble):
        why = ", ".join([*obstacles, *filter(None, [mail.trouble.get("code")])])
        yield Finding(
            "mail",
            "look",
            f"{counts.waiting} messages wait: {why}.",
            "See Mail in the screens, or run: stamgast outbox",
        )
    elif not counts.uncertain:
        yield Finding("mail", "good", f"{counts.waiting} messages wait, none is uncertain.")


def _points(now: datetime) -> Iterator[Finding]:
    alarm = ledger_alarm()
    if alarm is not None:
        yield Finding(
            "points",
            "bad",
            f"The points do not add up since {alarm.at:%Y-%m-%d}.",
            "Run: stamgast verify; it says which rows differ.",
        )
    ahead = Wallet.objects.filter(kind="spendable", at__gt=now + CLOCKS_DIFFER).count()
    if ahead:
        yield Finding(
            "clock",
            "look",
            f"Points of {ahead} members were written by a clock that was ahead.",
            "Let this machine keep its time by the network. Until then what they do counts at that time.",
        )


_CHECKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    _database,
    _people,
    _orders,
    _scores,
    _work,
    _mail,
    _points,
    _backups,
)
