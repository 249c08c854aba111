"""The box in the store."""
