"""What the store and the hub must agree on, to the bit: words, sums, offers and pipes."""
