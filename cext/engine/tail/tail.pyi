# Nothing for Python: run_tail of tail_alone.pyx shows one basket.
