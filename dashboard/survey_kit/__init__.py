"""Nine questions for a company that does not ask them yet."""
