"""Scales: one pure protocol per family, and the one owner of the cable they share."""
