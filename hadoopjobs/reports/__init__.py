"""Compare runs and show the result."""
