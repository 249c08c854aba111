"""Nothing for Python: the working room of one basket, for the compiled rooms alone."""
