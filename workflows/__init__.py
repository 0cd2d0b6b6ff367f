"""The rules of every life in the product, as tables and pure functions of facts."""
