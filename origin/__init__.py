"""Assets: where originals lie and what is known of them."""
