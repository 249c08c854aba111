"""The sums, compiled: rounding, codes, pricing, ledger. This is the only door."""
