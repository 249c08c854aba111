# Nothing for Python: flat records for the compiled rooms alone.
