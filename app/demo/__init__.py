"""A furnished office, for development and for tests."""
