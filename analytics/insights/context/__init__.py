"""What figures are read beside: public holidays, feasts and days that recur, the client's own events, and the
population that the client wants its figures to stand for."""
