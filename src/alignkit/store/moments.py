"""Moments as a database keeps them: microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)


def moment(when: datetime) -> int:
    """Microseconds from 1970 to `when`."""
    since = when - _START
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def when(moment: int) -> datetime:
    """The time so many microseconds after 1970."""
    return _START + timedelta(microseconds=moment)


def now() -> int:
    """This moment."""
    return moment(datetime.now(UTC))
