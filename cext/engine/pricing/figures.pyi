# Nothing for Python: what a book's offers say is taken by compiled rooms alone.
