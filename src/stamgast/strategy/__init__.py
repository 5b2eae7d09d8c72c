"""Goal and budget: what we are after, by when, for how much, and what came of it."""
