"""Delivery: progress reports, confirmed on the spot, and requests to change a running project."""
