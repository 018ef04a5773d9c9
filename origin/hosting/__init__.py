"""Where pictures live: uploads, albums, and deletion that sticks."""
