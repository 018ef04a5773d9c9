"""The variant cache: memory, then Redis, then the derived store."""
