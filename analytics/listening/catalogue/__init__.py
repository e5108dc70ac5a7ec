"""All clients' queries in one place, in the public schema, so that processes which match for everybody can follow them.

A client's queries are its own rows, in its own schema; what is here is a copy for matching, written by `services` and
followed by `following`. No client's role can read it.
"""
