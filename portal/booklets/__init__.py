"""Wegweiser: a printed booklet of all offers of a district, drawn as PDF by a short-lived process of its own (docs/adr/0021)."""
