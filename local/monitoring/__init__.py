"""Monitoring of the local stack: programs built with Go, their configuration, their place in the stack."""
