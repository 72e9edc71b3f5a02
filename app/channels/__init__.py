"""Carriers of letters: every module here with a send() is a channel."""
