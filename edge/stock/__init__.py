"""What lies on the shelves, as a fold of the journal."""
