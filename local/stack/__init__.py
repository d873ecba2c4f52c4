"""The services on this machine, and their life."""
