"""The scales: a city of any size, a steady load, and figures with the cost of doing nothing beside them.

Nothing here touches an installation: every database is made by the bench, in a folder or under a name of its own.
"""


class Stopped(Exception):
    """The weighing cannot go on; the sentence says why."""
