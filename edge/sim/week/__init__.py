"""A real week of trade, rung up again through simulated devices and summed in three places."""
