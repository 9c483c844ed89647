"""A participant's run: which question comes next, and what becomes of its answer."""
