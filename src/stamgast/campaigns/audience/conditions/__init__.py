"""Our own conditions, one file per source of what they look at."""
