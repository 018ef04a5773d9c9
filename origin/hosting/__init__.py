"""Where pictures live: uploads, and deletion that sticks."""
