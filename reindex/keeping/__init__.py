"""The lock of a run, and what stays after it: snapshots and indices."""
