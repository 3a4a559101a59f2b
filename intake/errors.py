"""Errors of intake, each one line: where, what, expected, got, and what to do next.

IntakeError
├── ProfileError            the force profile itself
└── InputError              what arrived
    ├── MissingInputError   a folder, extract or file that is absent, empty or closed to us
    ├── UnreadableFileError bytes that cannot be read as the profile declares them
    ├── ColumnError         a file's columns are not those of the profile
    └── RefusedInputError   file and profile can be read, but the values say that they do not fit

No message holds a value of a column that can identify somebody.
"""

LONGEST_MESSAGE = 600


class IntakeError(ValueError):
    """Something about an extract or its profile that somebody has to mend.

    Parameters
    ----------
    where
        File, line or key.
    what
        What is wrong there.
    expected, got
        What should have stood there, and what did.
    remedy
        What to do next.
    """

    def __init__(self, where: str, what: str, expected: str = "", got: str = "", remedy: str = "") -> None:
        self.where, self.what, self.expected, self.got, self.remedy = where, what, expected, got, remedy
        super().__init__(self._message())

    def _message(self) -> str:
        comparison = ", ".join(
            f"{word} {text}" for word, text in (("expected", self.expected), ("got", self.got)) if text
        )
        message = "; ".join(part for part in (f"{self.where}: {self.what}", comparison, self.remedy) if part)
        message = " ".join(message.split())
        return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"


class ProfileError(IntakeError):
    """The force profile cannot be used as it stands."""


class InputError(IntakeError):
    """What arrived cannot be used as it stands."""


class MissingInputError(InputError):
    """A folder, extract or file is absent, empty or closed to us."""


class UnreadableFileError(InputError):
    """A file's bytes cannot be read as the profile declares them."""


class ColumnError(InputError):
    """A file's columns are not those that the profile names."""


class RefusedInputError(InputError):
    """The values say that profile and file do not fit each other."""
