"""A basket and a price book make a quote: plan, passes, deals, the flat result."""
