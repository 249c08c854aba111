"""The centre of a chain of shops."""
