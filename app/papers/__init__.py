"""File formats in and out, knowing no case."""
