"""Benchmarks: tables of ratios, each with its baseline in the same run. `python -m benchmarks` runs them."""
