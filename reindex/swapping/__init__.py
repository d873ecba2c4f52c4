"""The served name moves: swap, rollback, archive."""
