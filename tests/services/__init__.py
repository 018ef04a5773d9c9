"""Real servers for the tests: each file starts one and offers it as a fixture."""
