"""What happens at a lane: basket, quote, tender, receipt, refund."""
