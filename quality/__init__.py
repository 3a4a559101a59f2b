"""May we believe it: contracts, expectations and the minimum standard of recording."""
