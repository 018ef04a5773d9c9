"""Uploads over HTTP: who sends them, and how they come in."""
