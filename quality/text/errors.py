"""What can go wrong in reading text.

QualityError (a ValueError)
└── TextRuleError      the file of text rules says something that it may not say
"""

from quality.errors import QualityError


class TextRuleError(QualityError):
    """The file of text rules says something that it may not say."""
