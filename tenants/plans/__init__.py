"""Plans: what an agency may have and use over all its clients together, and the meters that this is held against.

`limits` refuses, `claims` counts queries and uploads before they are there, `calls` counts requests, `meters` keeps
what clients tell, `services` makes and assigns plans, and `selectors` reads it all.
"""
