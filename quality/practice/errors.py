"""What can go wrong when practice is judged."""

from quality.errors import QualityError


class PracticeError(QualityError):
    """Costs, a plan or an evaluation was asked for in a way that cannot be answered."""
