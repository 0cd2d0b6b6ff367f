"""Programmes, their budget years, policy versions and calls."""
