"""Correcting for who is heard: by platform, by loudness, by who answers surveys, and by what the engine gets wrong.
`compose.correct` goes through the methods in order; raw figures stay beside corrected ones."""
