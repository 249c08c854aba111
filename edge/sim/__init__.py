"""A store without hardware: simulated devices that speak the real bytes."""
