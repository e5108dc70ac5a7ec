"""A post's whole way through the rooms, in one place: listen, protect, store, roll up, understand.

Rooms never call upwards, so what joins them stands above them all. Read `services.take` first.
"""
