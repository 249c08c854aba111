"""The exact best combination of competing deals."""
