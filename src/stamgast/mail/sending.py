"""The loop that sends: any number may run at once, beside the other work of their process.

The steps of one batch:
1. What waits and is due is looked up, as much as the pace allows, the most urgent first.
2. Of each message: it is written; the server is reached; in one transaction the outcome of the one
   before is noted and this one claimed; then it is handed over.
3. The outcome of the last is noted.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import close_old_connections, transaction
from django.db.models import QuerySet

from stamgast.customers.models import Consent
from stamgast.kernel import Refusal
from stamgast.mail import checks, configuration, rules
from stamgast.mail.actions.conditions import note_no_trouble, note_trouble
from stamgast.mail.actions.following import judge_clicks
from stamgast.mail.actions.handing_over import (
    Claim,
    Outcome,
    claim_message,
    fail_unwritable,
    give_up_waiting,
    settle,
)
from stamgast.mail.connecting import AnyConnection, connection_to
from stamgast.mail.errors import TextUnreadable
from stamgast.mail.letter import Letter, Stationery, addressed, written
from stamgast.mail.links import return_path
from stamgast.mail.models import KeptContent, Message
from stamgast.mail.permission import consents_by_email
from stamgast.mail.server import Answer, Lost, Server, Trouble
from stamgast.staff.queries import shop

log = logging.getLogger("stamgast.mail")

BATCH = 50
IDLE_SECONDS = 1.0
LOOK_SECONDS = 15.0  # how often silent workers and clicks are looked at
STALE_AFTER = 10.0  # seconds after which a batch is looked up anew
HANG_UP_AFTER = 20.0  # seconds without mail
MESSAGES_PER_CONNECTION = 500
_RESTS = (2, 5, 15, 60, 300)  # seconds after the first, second, ... time the server cannot be used

UNWRITABLE_ADDRESS = Answer(553, "5.1.3 this address cannot be written in a header", "recipient")
UNWRITABLE_LETTER = Answer(554, "5.6.0 an address of ours cannot be written in a header", "content")

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Sends what is due, one message at a time over one connection."""

    def __init__(
        self,
        *,
        clock: Clock = _now,
        hooks: Iterable[checks.Check] | None = None,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 10000}"[:60]
        self._clock = clock
        self._hooks = checks.registered() if hooks is None else tuple(hooks)
        self._give_way = give_way  # before each message, to whom nobody should wait for mail
        self._connection: AnyConnection | None = None
        self._handed_over = 0  # over this connection
        self._used_at = 0.0
        self._unsettled: Outcome | None = None
        self._rest_until = 0.0
        self._troubles = 0
        self._looked = -LOOK_SECONDS

    def work(self, stopping: threading.Event | None = None) -> None:
        """Send until told to stop; a round that fails is logged and the next one begins."""
        stopping = stopping or threading.Event()
        while not stopping.is_set():
            try:
                is_busy = self.work_once(stopping) > 0
            except Exception:
                log.exception("a round of sending failed")
                is_busy = False
            close_old_connections()
            if not is_busy:
                self._hang_up_when_idle()
                stopping.wait(IDLE_SECONDS)
        self.close()

    def work_until_idle(self) -> int:
        """Send everything that is due now and can be sent; returns how many were handed over."""
        count = 0
        while sent := self.work_once():
            count += sent
        self.close()
        return count

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def work_once(self, stopping: threading.Event | None = None) -> int:
        """Send one batch; returns how many messages were dealt with."""
        self._settle_last()
        self._look_around()
        if time.monotonic() < self._rest_until:
            return 0
        with_ = Stationery(configuration.brand(), configuration.mail_settings(), shop())
        due = self._due(with_)
        return self._send(due, with_, stopping or threading.Event()) if due else 0

    # --- what is due ---------------------------------------------------------------------------

    def _due(self, with_: Stationery) -> list[int]:
        """Return the messages to send in this batch; none when something stands in the way."""
        obstacles = configuration.obstacles(with_.mail, with_.brand)
        if set(obstacles) - {"no_public_address"}:
            return []
        now = self._clock()
        waiting = Message.objects.filter(status=Message.Status.WAITING, due_at__lte=now)
        if obstacles:  # without an address of our own there is no way to unsubscribe
            waiting = waiting.filter(purpose="")
        most = self._pace(with_.mail.most_per_minute, now)
        return self._in_turn(waiting.order_by("rank", "due_at", "id"), most) if most > 0 else []

    def _pace(self, most_per_minute: int, now: datetime) -> int:
        """Return how many may go now; 0 a minute is as many as the server takes."""
        if not most_per_minute:
            return BATCH
        lately = Message.objects.filter(
            status=Message.Status.SENT, ended_at__gt=now - timedelta(minutes=1)
        )
        return min(BATCH, most_per_minute - lately.count())

    def _in_turn(self, waiting: QuerySet[Message], most: int) -> list[int]:
        """Return the first of what waits; each worker begins elsewhere in it, to meet less often."""
        found = list(waiting.values_list("pk", "rank")[:most])
        if not found:
            return []
        urgent = [pk for pk, rank in found if rank < rules.RANKS["survey"]]
        others = [pk for pk, rank in found if rank >= rules.RANKS["survey"]]
        start = zlib.crc32(self.name.encode()) % max(len(others), 1)
        return [*urgent, *others[start:], *others[:start]]

    # --- one batch -----------------------------------------------------------------------------

    def _send(self, due: list[int], with_: Stationery, stopping: threading.Event) -> int:
        count = 0
        batch = _read(due)
        stale = time.monotonic() + STALE_AFTER
        for pk in due:
            if stopping.is_set() or time.monotonic() > stale or not self._reach(with_):
                break
            count += 1
            self._give_way()
            message = batch.messages.get(pk)
            if message is None:  # another worker was first
                continue
            letter = self._write(message, with_, batch.said.get(message.customer_id or 0, {}))
            if letter is not None and (claim := self._claim(message, with_)) is not None:
                self._hand_over(claim, letter, with_)
        self._settle_last()
        return count

    def _reach(self, with_: Stationery) -> bool:
        """Be connected; False when the server cannot be used now, after which we rest a while."""
        wanted = configuration.server(with_.mail)
        if self._connection is None or self._connection.server != wanted:
            self.close()
            self._connection = connection_to(_given(wanted))
        is_worn = self._handed_over >= MESSAGES_PER_CONNECTION
        if self._connection.is_open and (is_worn or self._was_idle()):
            self._connection.close()
        if self._connection.is_open:
            return True
        try:
            self._connection.open()
        except Trouble as trouble:
            self._rest(trouble)
            return False
        self._handed_over = 0
        self._used_at = time.monotonic()
        return True

    def _was_idle(self) -> bool:
        return time.monotonic() - self._used_at > HANG_UP_AFTER

    def _hang_up_when_idle(self) -> None:
        if self._connection is not None and self._connection.is_open and self._was_idle():
            self._connection.close()

    def _rest(self, trouble: Trouble) -> None:
        """Wait ever longer before the next try, and say on the screens why."""
        seconds = _RESTS[min(self._troubles, len(_RESTS) - 1)]
        self._troubles += 1
        self._rest_until = time.monotonic() + seconds
        log.warning("the mail server cannot be used: %s; trying again in %s s", trouble, seconds)
        note_trouble(trouble.code, words=trouble.words, at=self._clock())

    def _write(
        self, message: Message, with_: Stationery, said: Mapping[str, Consent]
    ) -> Letter | None:
        """Return the text of a message; one that cannot be written fails."""
        try:
            return written(message, with_, said)
        except Refusal as refusal:
            self._fail(message.pk, refusal)
        except Exception:
            log.exception("message %s cannot be written", message.pk)
            self._fail(message.pk, TextUnreadable(where="text"))
        return None

    def _fail(self, pk: int, refusal: Refusal) -> None:
        with transaction.atomic():
            fail_unwritable(pk, refusal=refusal, at=self._clock())

    def _claim(self, message: Message, with_: Stationery) -> Claim | None:
        """Note the outcome of the message before and claim this one, in one transaction."""
        now = self._clock()
        with transaction.atomic():
            if self._unsettled is not None:
                settle(self._unsettled, at=now)
            claim = claim_message(
                message,
                worker=self.name,
                mail=with_.mail,
                shop=with_.shop,
                checks=self._hooks,
                at=now,
            )
        self._unsettled = None
        return claim

    def _hand_over(self, claim: Claim, letter: Letter, with_: Stationery) -> None:
        """Hand a claimed message over; what came of it is settled with the next claim."""
        assert self._connection is not None
        message, brand = claim.message, with_.brand
        sender = return_path(
            message.pk, bounce_address=brand.bounce_address, sender_address=brand.sender_address
        )
        try:
            to = rules.in_ascii(claim.to)
        except ValueError:  # letters that no address in a header may have
            self._unsettled = Outcome(message, answer=UNWRITABLE_ADDRESS)
            return
        try:
            content = addressed(letter, message, with_, to=to, name=claim.name, at=self._clock())
            answer = self._connection.send(sender=sender, to=to, content=content)
        except ValueError:  # the same in an address of ours: nothing is wrong with theirs
            log.exception("message %s cannot be written", message.pk)
            self._unsettled = Outcome(message, answer=UNWRITABLE_LETTER)
        except Lost:
            self._unsettled = Outcome(message, is_lost=True)
        except Trouble as trouble:
            self._unsettled = Outcome(message, held_up=f"{trouble.code} {trouble.words}")
        else:
            self._unsettled = Outcome(message, answer=answer)
            if rules.is_about_us(answer.code, answer.enhanced, answer.stage):
                self._rest(Trouble("sender_refused", answer.shown))
                self._connection.close()
            else:
                self._is_well(with_)
        self._handed_over += 1
        self._used_at = time.monotonic()

    def _is_well(self, with_: Stationery) -> None:
        """The server answers: forget the trouble, also what another process noted before."""
        if self._troubles or with_.mail.trouble:
            self._troubles = 0
            with_.mail.trouble = {}
            note_no_trouble()

    def _settle_last(self) -> None:
        if self._unsettled is not None:
            with transaction.atomic():
                settle(self._unsettled, at=self._clock())
            self._unsettled = None

    # --- now and then --------------------------------------------------------------------------

    def _look_around(self) -> None:
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        now = self._clock()
        with transaction.atomic():
            give_up_waiting(at=now)
        judge_clicks(at=now)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What waits, and what its readers said last about mail."""

    messages: Mapping[int, Message]
    said: Mapping[int, Mapping[str, Consent]]


def _read(due: list[int]) -> _Batch:
    """Read a batch in three statements; claiming asks again whether it is still so."""
    waiting = Message.objects.filter(pk__in=due, status=Message.Status.WAITING)
    messages = {one.pk: one for one in waiting.select_related("customer")}
    contents = KeptContent.objects.in_bulk({one.content_id for one in messages.values()})
    for one in messages.values():
        one.content = contents[one.content_id]
    customers = [one.customer_id for one in messages.values() if one.customer_id]
    return _Batch(messages, consents_by_email(customers))


def _given(server: Server | None) -> Server:
    assert server is not None  # `_due` found one
    return server
