"""The next step of a customer as their page shows it: what, why, and what staff answered."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.customers.models import Customer, Interaction, Task
from stamgast.scoring.models import Score
from stamgast.web.marketer import step_words


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


def step_shown(customer: Customer, score: Score) -> StepShown:
    """Return the step with what staff answered to it."""
    answers = Interaction.objects.filter(key=key_of(score)).select_related("by")
    planned = Task.objects.filter(
        customer=customer, key__startswith=f"step:{score.customer_id}:", done_at=None
    )
    return StepShown(
        code=score.step,
        title=step_words.title(score.step),
        reason=step_words.reason(score.reason),
        done=answers.first(),
        planned=planned.select_related("owner").first(),
    )
