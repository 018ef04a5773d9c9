"""Many pictures at once: brought in from folders, buckets and lists, and carried out again."""
