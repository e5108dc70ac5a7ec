"""What one client's readings get beyond the engine: its own lexicon, and a calibration fitted to its own labels."""
