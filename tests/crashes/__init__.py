"""The whole server killed at every point where a process may die, started again, and looked through."""
