"""Nothing for Python: what a choice of deals means, for the compiled rooms alone."""
