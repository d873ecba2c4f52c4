"""The quality gate of the sales team."""
