"""The tables in PostgreSQL and the statements of the merge."""
