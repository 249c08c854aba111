"""What follows from the sum of a basket: gifts, thresholds, coupons, points, delivery."""
