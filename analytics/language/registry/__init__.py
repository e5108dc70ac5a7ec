"""Which models have read here, and their cards: those in the package, and those that other engines brought."""
