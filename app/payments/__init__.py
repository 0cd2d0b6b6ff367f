"""Settlement at actuals, payment orders between two people and a bank, and the closure."""
