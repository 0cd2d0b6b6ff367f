"""What administrators keep for all features: the calendar of working days, texts of notices, and every change made."""
