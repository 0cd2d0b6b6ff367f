"""The desk of whoever signed in: the inbox, projects and their lives, acts, registers, the ledger."""
