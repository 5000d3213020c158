"""The one way from a pool to the examples in a prompt, so that none is shown that may not be."""

from __future__ import annotations

from alignkit.examples.excluding import SameGroup, allowed
from alignkit.examples.lexical import LexicalEmbedding
from alignkit.examples.pool import Pool
from alignkit.examples.selecting import select
from alignkit.examples.settings import ExampleSettings
from alignkit.examples.shot import Shot
from alignkit.examples.similarity import Similarity, text_of
from alignkit.schema import Attribute, Scenario


class Selector:
    """Picks examples from a pool, never the scenario itself."""

    def __init__(
        self,
        pool: Pool,
        settings: ExampleSettings,
        similarity: Similarity | None = None,
        same_group: SameGroup | None = None,
    ) -> None:
        """Pick from `pool` by `settings`; the similarity is by words where none is given."""
        self.pool = pool
        self.settings = settings
        self._similarity = similarity or Similarity(LexicalEmbedding(map(text_of, pool)))
        self._same_group = same_group
        self._last: tuple[Scenario, list[Scenario]] | None = None

    def shots(self, scenario: Scenario, attribute: Attribute) -> tuple[Shot, ...]:
        """The examples of `attribute` for a prompt about `scenario`, in the order shown.

        Raises:
            BadScenario: the pool has no labelled example of the attribute.
            UsageError: it has too few, or too few that may be shown with the scenario.
        """
        if not self.settings.shots:
            return ()
        self.pool.for_attribute(attribute.name, self.settings.shots)
        candidates = self._allowed(scenario)
        return select(candidates, scenario, attribute, self.settings, self._similarity)

    def _allowed(self, scenario: Scenario) -> list[Scenario]:
        """What may be shown; kept for the next call, which is often about another attribute."""
        last = self._last
        if last is None or last[0] is not scenario:
            last = scenario, allowed(self.pool, scenario, self._same_group)
            self._last = last
        return last[1]
