"""`make demo`: the main job, done through the API by an agency with its own clients, queries and file."""
