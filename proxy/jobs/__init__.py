"""Work that nobody waits for, run by the queue's workers."""
