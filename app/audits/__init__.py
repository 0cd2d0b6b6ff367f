"""Audits: assigned by the fund office, submitted by the firm, line by line."""
