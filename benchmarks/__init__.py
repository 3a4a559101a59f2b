"""Comparisons that earn the numbers in the documents; each ends with one line of JSON."""
