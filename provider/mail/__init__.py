"""Mails about runs: what they say, who gets them, how they travel."""
