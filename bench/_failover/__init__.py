"""A whole service that is hurt again and again, and what a reader sees of it."""
