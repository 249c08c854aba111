"""Nothing for Python: which offers are open to a basket, for the compiled rooms alone."""
