"""The JSON face of the commands and queries that the pages use: /api/v1."""
