"""Real trade that ships with the project: see README.md for origin, licence and the cut."""
