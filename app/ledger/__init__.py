"""The fund ledger: money moves by postings and in no other way."""
