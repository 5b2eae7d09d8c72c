"""Django's SQLite backend, with writers let in one by one and fairly."""

from __future__ import annotations

from django.db.backends.sqlite3 import base

from stamgast.database.queue import WriterQueue, queue_for


class DatabaseWrapper(base.DatabaseWrapper):
    """Every transaction here may write (IMMEDIATE), so each waits for its turn before it begins."""

    _turn: WriterQueue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        turn = queue_for(str(self.settings_dict["NAME"]))
        turn.enter()
        self._turn = turn
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        # When it fails, Django rolls back, and that ends the turn.
        super()._commit()  # type: ignore[misc]
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _leave(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave()
