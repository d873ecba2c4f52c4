"""The searches that the platform relies on, asked of the source and of the candidate."""
