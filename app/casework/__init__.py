"""How any case moves: one road for every life, and what it takes along."""
