"""Verbs: what the office does, one story a function. No Flask, no commit, no clock."""
