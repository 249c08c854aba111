"""Sales as the centre sees them."""
