"""How to record better: what a gap is due to, what mends it at what price, and whether a change in practice worked."""
