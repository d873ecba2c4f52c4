"""Whether the cluster can take a rebuild."""
