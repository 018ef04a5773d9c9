"""Albums as whoever has their address sees them: a page, and the same for programs."""
