"""Incidents: each cause that is wrong, from its first failing verdict to its first good one."""
