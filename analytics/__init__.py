"""The analytics of one client: one Django app per stage of a post's journey."""
