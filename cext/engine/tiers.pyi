"""Nothing for Python: what a tier saves, for the compiled rooms alone."""
