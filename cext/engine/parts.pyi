"""Nothing for Python: the item price of a part, for the compiled rooms alone."""
