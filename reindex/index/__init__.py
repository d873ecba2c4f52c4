"""Names, states and contents of indices."""
