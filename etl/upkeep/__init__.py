"""What happens to users outside a run: retention and erasure."""
