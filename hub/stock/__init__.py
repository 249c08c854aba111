"""Stock of every store, with its age."""
