"""People: who they are, the roles they are given, the units they work in, and their tokens."""
