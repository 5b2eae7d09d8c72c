"""The next step of a customer as their page shows it: what, why, and what staff answered."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.customers.models import Interaction, Task
from stamgast.scoring.models import Score
from stamgast.web.marketer import step_words
from stamgast.web.marketer.timeline import History


@dataclass(frozen=True)
class StepShown:
    """One step; the answers are None until somebody gave them."""

    code: str
    title: str
    reason: str
    done: Interaction | None  # we did it, or chose otherwise
    planned: Task | None

    @property
    def is_restful(self) -> bool:
        """There is nothing to do, and so nothing to answer."""
        return self.code in step_words.RESTFUL

    @property
    def is_open(self) -> bool:
        """Nobody answered yet."""
        return not (self.is_restful or self.done or self.planned)


def key_of(score: Score) -> str:
    """The key under which the answer to a step is kept: one answer per customer and scoring."""
    return f"step:{score.customer_id}:{score.run_id}"


def step_shown(score: Score, known: History) -> StepShown:
    """Return the step with what staff answered to it."""
    key, planned = key_of(score), f"step:{score.customer_id}:"
    waiting = (task for task in known.tasks if task.done_at is None)
    return StepShown(
        code=score.step,
        title=step_words.title(score.step),
        reason=step_words.reason(score.reason),
        done=next((talk for talk in known.talks if talk.key == key), None),
        planned=next((task for task in waiting if (task.key or "").startswith(planned)), None),
    )
