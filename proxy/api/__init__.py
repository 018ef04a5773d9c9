"""Thin handlers: HTTP in, a domain call, HTTP out."""
