"""The methods that make decisions, by name."""

from __future__ import annotations

from alignkit.catalog import Catalog
from alignkit.deciders.base import Decider

DECIDERS: Catalog[type[Decider]] = Catalog(
    "decider",
    {
        "chooser_judge": "alignkit.deciders.chooser_judge:ChooserJudge",
        "comparative_regression": "alignkit.deciders.comparative_regression:ComparativeRegression",
        "direct_regression": "alignkit.deciders.direct_regression:DirectRegression",
        "statement_judge": "alignkit.deciders.statement_judge:StatementJudge",
        "most_and_least": "alignkit.deciders.most_and_least:MostAndLeast",
        "value_judge": "alignkit.deciders.value_judge:ValueJudge",
        "relevance_weighted": "alignkit.deciders.relevance_weighted:RelevanceWeighted",
        "staged": "alignkit.deciders.staged:Staged",
        "instructed": "alignkit.deciders.instructed:Instructed",
        "contrastive": "alignkit.deciders.contrastive:Contrastive",
        "self_consistency": "alignkit.deciders.self_consistency:SelfConsistency",
        "persona": "alignkit.deciders.persona:Persona",
        "ensemble": "alignkit.deciders.ensemble:Ensemble",
        "baseline": "alignkit.deciders.baseline:Baseline",
        "oracle": "alignkit.deciders.oracle:Oracle",
        "random": "alignkit.deciders.random:Random",
        "first": "alignkit.deciders.first:First",
    },
    "`align deciders list` shows them.",
)
