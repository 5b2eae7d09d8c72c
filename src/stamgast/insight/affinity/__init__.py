"""What they buy next: the same again, what goes with it, and the better one."""

from stamgast.insight.affinity.again import runs_out, usual_gaps
from stamgast.insight.affinity.step_up import one_step_up
from stamgast.insight.affinity.suggestions import suggest
from stamgast.insight.affinity.together import bought_together

__all__ = ["bought_together", "one_step_up", "runs_out", "suggest", "usual_gaps"]
