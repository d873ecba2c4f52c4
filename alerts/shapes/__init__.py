"""What is told, as each channel shows it."""
