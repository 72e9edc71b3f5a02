"""The nouns: what things are. Plain Python and SQLAlchemy; no Flask, no commit, no clock."""
