"""What pictures of mentions show: labels, text in them, captions."""
