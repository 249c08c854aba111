"""Nothing for Python: the passes over a basket, for the compiled rooms alone."""
