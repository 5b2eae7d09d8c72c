"""Pages for customers themselves: open to whoever has the link."""
