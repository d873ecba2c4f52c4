"""The candidate against its source."""
