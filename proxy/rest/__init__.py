"""Our own REST API, `/api/v1`: one table makes its routes and their description."""
