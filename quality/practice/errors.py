"""What can go wrong when practice is judged."""

from quality.errors import QualityError


class PracticeError(QualityError):
    """Costs, a plan or an evaluation was asked for in a way that cannot be answered."""


class ChangesFileError(PracticeError):
    """A file of changes does not say what it must.

    Attributes
    ----------
    place
        Row and column, as ` row 3, changed_on`; empty for the file as a whole.
    expected
        What was expected there. Neither of them holds anything of the file's own, unlike the message.
    """

    def __init__(self, path: object, place: str, expected: str, got: str) -> None:
        super().__init__(f"{path}{place}: {expected}{got}")
        self.place, self.expected = place, expected
