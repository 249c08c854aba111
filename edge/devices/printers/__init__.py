"""Printers of receipts and labels: one file per driver, and what they share."""
