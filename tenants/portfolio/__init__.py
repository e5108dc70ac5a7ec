"""An agency's clients side by side: kept by the clients' own actors in the public schema, so that showing a thousand of
them looks into none."""
