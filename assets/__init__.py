"""What table: one asset for each table that a refresh makes."""
