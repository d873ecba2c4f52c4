"""Frames in, frames out: verdicts, values, interests, spelling."""
