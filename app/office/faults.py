"""What a verification says of the first thing that does not hold."""

from app.domain.errors import Refused


class Fault(Refused):
    """Something does not hold."""
