"""Who does the units of force-wide co-linkage: the cores of this machine, or Apache Spark; both give equal tables."""
