"""Examining an engine on anybody's labelled texts: `files` reads them, `tasks` asks the engine, `report` counts."""
