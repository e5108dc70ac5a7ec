"""Shared public streams, read once for all clients, and what of them is on its way to single ones. Public schema."""
