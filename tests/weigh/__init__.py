"""The heavy scenes at full size: `make weigh`, or `python -m tests.weigh --help` for smaller ones."""
