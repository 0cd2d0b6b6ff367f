"""Declarations and what the rules of an aid project look at."""
