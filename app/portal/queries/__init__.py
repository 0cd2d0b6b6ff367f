"""What everybody may ask: the figures, what was published, and whether a receipt is genuine."""
