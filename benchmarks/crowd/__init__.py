"""Many visitors of one page at a time, and what they cost it."""
