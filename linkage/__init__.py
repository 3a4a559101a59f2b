"""Who may have done it: from pairs of crimes to series, in pure functions of arrays and frames."""
