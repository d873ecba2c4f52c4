"""Expectations of our own, where Great Expectations has none that reads well."""
