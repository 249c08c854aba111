"""Nothing for Python: the deals of one pass, for the compiled rooms alone."""
