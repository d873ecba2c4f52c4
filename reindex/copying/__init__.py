"""From the source into the candidate: the copy and what is written meanwhile."""
