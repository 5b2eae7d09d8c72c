"""Experiments, lots, costs, outcomes and verdicts: what an effort really brought."""
