"""What people say that mentions mean: their labels, how far they agree, and what to label next."""
