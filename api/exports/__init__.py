"""All that the API shows of one client, in a file: made by the API's own words, so that it holds that and nothing more.

`sheet` turns what the API shows into lines of CSV; `bundle` is the file; `kinds` says what is in it; `making` makes it.
"""
