"""Nothing for Python: deals as a problem for the search, for the compiled rooms alone."""
