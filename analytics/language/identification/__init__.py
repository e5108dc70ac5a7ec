"""How the language of many short texts is told at once.

`library` reads py3langid's own model. `reference` cleans and ranks one text after the other in Python, with py3langid
itself; `kernel` does the same for a batch in machine code, where numba is. `cleaned` is what both answer.
"""
