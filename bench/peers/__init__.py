"""Other engines, from their published packages, pricing the baskets of bench.pricing_world."""
