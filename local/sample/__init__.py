"""Sample users and courses."""
