"""One client as one file: written from a running installation, restored into it again or into another.

An archive is a zip whose members are compressed and sealed under the client's data key, but for the manifest, which
says what is in it. `manifest` is that; `names` says what a member may be called; `sealed` and `container` are the file;
`keys` wraps the data key; `tables`, `rows`, `files` and `waiting` are what is in it; `structure` makes the schema anew;
`export` and `restore` put it together.
"""
