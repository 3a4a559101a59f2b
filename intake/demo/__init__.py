"""The demo force: extracts of a fictitious county, with the truth kept apart."""
