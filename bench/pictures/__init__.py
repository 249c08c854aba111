"""Pictures of results, drawn as SVG by a few lines of our own."""
