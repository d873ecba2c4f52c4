"""The same stack on one machine, without Docker."""
