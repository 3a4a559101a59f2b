"""Moments as every `_at` column holds them."""

from datetime import UTC, datetime


def as_utc(moment: datetime) -> datetime:
    """Return the moment in UTC without a zone; one that has no zone is taken as UTC already."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
