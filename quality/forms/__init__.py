"""Forms on which people record how a crime was done, and the records that the forms save."""
