"""Decisions that wait for a person, and what people decided."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, text, update

from alignkit.errors import AlreadyReviewed, InvalidSetting
from alignkit.schema import Review
from alignkit.store.audit import Deed, log, one_logger
from alignkit.store.moments import moment, now, when
from alignkit.store.people import Action, Reviewed
from alignkit.store.reading import decision_number, run_number
from alignkit.store.tables import cells, results, reviews
from alignkit.store.texts import (
    cell_from,
    compact,
    result_from,
    review_digest,
    review_from,
)

Open = Callable[[], AbstractContextManager[Connection]]
_WAITING = text("reviews.decided IS NULL")
_PAGE = 200


class Reviews:
    """The decisions of a store that are for people."""

    def __init__(self, reading: Open, writing: Open) -> None:
        """Use `Store.reviews`."""
        self._reading = reading
        self._writing = writing

    def waiting(self, after: int = 0, limit: int = 100) -> list[Reviewed]:
        """At most `limit` decisions that wait, the oldest first; those after the number `after`."""
        query = _found().where(_WAITING, reviews.c.result > after)
        return self._listed(query.order_by(reviews.c.result).limit(limit))

    def decided(self, after: int = 0, limit: int = 100) -> list[Reviewed]:
        """At most `limit` decisions on which people decided, oldest first, after a number."""
        gone = reviews.c.erased.is_(None)
        query = _found().where(reviews.c.decided.is_not(None), gone, reviews.c.result > after)
        return self._listed(query.order_by(reviews.c.result).limit(limit))

    def every_decided(self) -> Iterator[Reviewed]:
        """All decisions on which people decided, the oldest first; memory stays flat."""
        last = 0
        while page := self.decided(last, _PAGE):
            yield from page
            last = page[-1].number

    def count(self) -> int:
        """How many decisions wait."""
        query = select(func.count()).select_from(reviews).where(_WAITING)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def of_run(self, run_id: str) -> dict[str, Review]:
        """By decision of a run: what people decided.

        Raises:
            UnknownName: there is no such run.
        """
        with self._reading() as connection:
            number = run_number(connection, run_id)
            query = (
                select(results.c.decision, reviews.c.body)
                .select_from(
                    reviews.join(results, reviews.c.result == results.c.number).join(
                        cells, cells.c.result == results.c.number
                    )
                )
                .where(reviews.c.body.is_not(None), cells.c.run == number)
            )
            rows = connection.execute(query).all()
        return {row.decision: review_from(row.body) for row in rows}

    def one(self, decision: str) -> Reviewed | None:
        """The decision whose id is or begins so; None where nobody was or is to look at it.

        Raises:
            UnknownName: there is no such decision, or there are several.
        """
        with self._reading() as connection:
            number = decision_number(connection, decision)
        found = self._listed(_found().where(reviews.c.result == number))
        return found[0] if found else None

    def decide(self, decision: str, review: Review, *, again: bool = False) -> str:
        """Keep a person's verdict on a decision; gives the decision's whole id.

        Args:
            decision: its id or how it begins.
            review: what the person decided.
            again: let it take the place of an earlier verdict.

        Raises:
            UnknownName: there is no such decision, or there are several.
            InvalidSetting: the decision failed or was erased, or has no such choice.
            AlreadyReviewed: a person has decided.
        """
        body = compact({**review.model_dump(mode="json"), "salt": secrets.token_hex(16)})
        with self._writing() as connection:
            one_logger(connection)  # so that of two people at once the second is told of the first
            number = decision_number(connection, decision)
            row = connection.execute(select(results).where(results.c.number == number)).one()
            _check(row, review)
            digest = review_digest(row.decision, body)
            before = _kept(connection, number, again=again)
            values = {"decided": moment(review.made), "body": body, "digest": digest}
            connection.execute(
                update(reviews).where(reviews.c.result == number).values(**values)
                if before is not None
                else insert(reviews).values(result=number, since=now(), **values)
            )
            action: Action = "review again" if before else "review"
            log(connection, [Deed(review.by, action, row.decision, digest)])
            return str(row.decision)

    def _listed(self, query: Select[Any]) -> list[Reviewed]:
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [_reviewed(row) for row in rows]


def _kept(connection: Connection, number: int, *, again: bool) -> bool | None:
    """Whether there is a verdict already; None where the decision is not even queued."""
    query = select(reviews).where(reviews.c.result == number)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.decided is not None and not again:
        by = review_from(row.body).by
        raise AlreadyReviewed(
            f"{by} has decided on this at {when(row.decided):%Y-%m-%d %H:%M} UTC.",
            "Decide again to put your verdict in its place.",
        )
    return row.decided is not None


def _check(row: Any, review: Review) -> None:  # noqa: ANN401  a row
    """Fail where there is nothing to decide on, or no such choice."""
    if row.erased is not None or row.body is None:
        raise InvalidSetting(f"Decision {row.decision!r} was erased.")
    result = result_from(row.body, row.key, row.decision)
    if result.outcome == "failed":
        raise InvalidSetting(
            f"Decision {row.decision!r} failed, so there is nothing to agree with.",
            "The run that asked for it tries it again.",
        )
    if review.choice is not None and review.choice not in result.probabilities:
        known = ", ".join(result.probabilities)
        raise InvalidSetting(f"choice: there is no {review.choice!r}.", f"There are: {known}.")


def _found() -> Select[Any]:
    """Rows of decisions that are for people, with the cell that they were first made for."""
    other = cells.alias("other")
    first = (
        select(func.min(other.c.number))
        .where(other.c.result == reviews.c.result)
        .correlate(reviews)
        .scalar_subquery()
    )
    return (
        select(
            reviews.c.result.label("number"),
            reviews.c.since,
            reviews.c.body.label("review"),
            results.c.key,
            results.c.decision,
            results.c.body,
            cells.c.body.label("cell"),
        )
        .select_from(
            reviews.join(results, reviews.c.result == results.c.number).join(
                cells, cells.c.number == first
            )
        )
        .where(results.c.erased.is_(None))
    )


def _reviewed(row: Any) -> Reviewed:  # noqa: ANN401  a row
    return Reviewed(
        row.number,
        when(row.since),
        cell_from(row.cell, row.key),
        result_from(row.body, row.key, row.decision),
        None if row.review is None else review_from(row.review),
    )
