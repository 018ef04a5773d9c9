"""A recipe and an original settled: what to load, what to do, how to save. Every value concrete, every size known."""
