"""A string and some bytes in, bytes out: the pure core, without I/O, clock, HTTP or configuration."""
