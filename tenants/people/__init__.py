"""People: how they are invited, sign in, prove who they are, and what they may do in an agency."""
