"""The edge: HTTP, caches, coalescing, the render pool."""
