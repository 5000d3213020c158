from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from alignkit.report import Column, Comparison
from alignkit.report.page import comparison_page
from alignkit.report.plots import (
    HEIGHT,
    Dot,
    Span,
    Tick,
    Wanted,
    bar,
    dot,
    histogram,
    percent,
    wanted,
)
from alignkit.report.verdict import varying, verdict
from alignkit.report.wording import (
    counted,
    escalation_words,
    estimate_figure,
    listed,
    seconds_words,
    share_figures,
    target_words,
    tokens_words,
)
from alignkit.schema import (
    Answer,
    Attribute,
    Boundary,
    Call,
    Choice,
    ChoiceQuestion,
    DeciderIdentity,
    Decision,
    Escalation,
    Estimate,
    Evidence,
    Generation,
    Group,
    Instructions,
    ModelIdentity,
    Option,
    Outcome,
    PredicateQuestion,
    Profile,
    Prompt,
    Record,
    Scenario,
    ScoreQuestion,
    Segment,
    Target,
    TemplateVersion,
    Usage,
)
from alignkit.service.comparing import Ways, compared
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench

HOSTILE = (
    """</td></table></pre><script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7*7 }}&lt;"""
)
SMALL = ModelIdentity(name="small", backend="llama", sha256="ab" * 32)
VOID = {"meta", "col", "img", "br", "link", "input", "wbr"}


class Page(HTMLParser):
    """Reads a page, complains about unbalanced tags, and keeps what is on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"{tag} repeats an attribute"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"style", "title"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.tags
            if name == tag and all(attrs.get(key) == value for key, value in wanted.items())
        ]

    def classes(self, name: str) -> int:
        return sum(name in (attrs.get("class") or "").split() for _, attrs in self.tags)


def attribute(name: str = "fairness", title: str = "Fairness") -> Attribute:
    return Attribute(
        name=name,
        title=title,
        definition=f"{title} defined.",
        low=f"Little {title}.",
        high=f"Much {title}.",
        instructions=Instructions(low=("Be so little.",), high=("Be so much.",)),
        levels=("none", "some", "all"),
    )


def scenario(*texts: str, **fields: Any) -> Scenario:
    choices = tuple(Choice(id=f"c{n}", text=text) for n, text in enumerate(texts or ("Go", "Stay")))
    given = {"id": "one", "title": "One", "context": "It rains.", "question": "What now?"}
    return Scenario(**{**given, "choices": choices, **fields})


def column(title: str, of: Scenario, probabilities: list[float], **fields: Any) -> Column:
    """A column that decides for the likeliest choice, unless `fields` say otherwise.

    `fields` are those of the record where it has them, else of the decision.
    """
    shares = dict(zip(of.choice_ids, probabilities, strict=False))
    likeliest = max(shares, key=lambda key: shares[key], default=None)
    profile: Profile | None = fields.pop("profile", None)
    model: ModelIdentity = fields.pop("model", SMALL)
    decider: str = fields.pop("decider", "baseline")
    attributes: tuple[Attribute, ...] = fields.pop("attributes", (attribute(),))
    evidence: Evidence = fields.pop("evidence", Evidence())
    outcome: Outcome = fields.pop("outcome", "decided")
    decision = Decision(
        id="d1",
        scenario=of.id,
        profile=profile.name if profile else None,
        decider=decider,
        model=model.name,
        outcome=outcome,
        choice=likeliest if outcome == "decided" else None,
        probabilities=shares,
        confidence=0.5,
        **fields,
    )
    record = Record(
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        versions={"alignkit": "0.1.0"},
        model=model,
        decider=DeciderIdentity(name=decider),
        scenario=of,
        profile=profile,
        attributes=attributes if profile else (),
        decision=decision,
        evidence=evidence,
    )
    return Column(title=title, record=record)


def page(*columns: Column, title: str | None = None) -> Page:
    comparison = Comparison(columns[0].record.scenario, columns)
    return Page(comparison_page([comparison], *([title] if title else [])))


def call(text: str = "Read this.", question: str = "Which?") -> Call:
    return Call(
        prompt=Prompt(
            segments=(
                Segment(role="system", depends="nothing", text="You judge."),
                Segment(role="user", depends="scenario", text=text),
            )
        ),
        question=PredicateQuestion(instructions=question),
        answer=Answer(probabilities={"yes": 0.61, "no": 0.39}, readout="labels", inside=0.987),
    )


def levels(*means: float, sd: float = 0.1) -> dict[str, dict[str, Estimate]]:
    return {f"c{n}": {"fairness": Estimate(mean=m, sd=sd)} for n, m in enumerate(means)}


def fair(target: object = 0.9, **fields: Any) -> Profile:
    return Profile.model_validate({"name": "fair", "targets": {"fairness": target}, **fields})


def three_by_three() -> list[Comparison]:
    async def all_compared() -> list[Comparison]:
        async with Workbench(Settings(model="fake")) as workbench:
            profiles = [
                None,
                workbench.library.profiles["utilitarian-medic"],
                workbench.library.profiles["steadfast-medic"],
            ]
            ways = Ways(profiles, deciders=["comparative_regression"])
            return [
                await compared(workbench.library.scenarios[name], ways, workbench)
                for name in (
                    "surgeon-and-minibus",
                    "last-antivenom",
                    "firefighter-on-the-stretcher",
                )
            ]

    return asyncio.run(all_compared())


def test_real_comparisons_make_one_small_complete_page() -> None:
    comparisons = three_by_three()
    html = comparison_page(comparisons)
    found = Page(html)
    assert len(html.encode()) <= 1_000_000
    for comparison in comparisons:
        assert comparison.scenario.context in found.text
        for choice in comparison.scenario.choices:
            assert choice.text in found.text
        for each in comparison.columns:
            decision = each.record.decision
            assert " ".join(decision.explanation.split()) in found.text
            for figure in share_figures(decision.probabilities).values():
                assert figure in found.texts
            for estimates in decision.estimates.values():
                assert all(estimate_figure(e) in found.texts for e in estimates.values())
    assert found.classes("chosen") == 9
    assert found.texts.count(", chosen") == 9
    assert "Made-up answers." in found.text
    assert "The record has 15 more calls." in found.text
    assert {attrs["href"] for attrs in found.all("a")} <= {
        f"#{attrs['id']}" for attrs in found.all("section")
    }


def test_page_loads_nothing_and_runs_nothing() -> None:
    html = comparison_page(three_by_three())
    found = Page(html)
    names = {name for name, _ in found.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
    assert not re.search(r"https?:|//\w|url\(|@import|javascript:|data:", html)
    for _, attrs in found.tags:
        assert not {"src", "srcset", "style"} & attrs.keys()
        assert not any(key.startswith("on") for key in attrs)
    policy = found.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy[0]["content"]
    assert policy[0]["content"].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_ids_are_unique_and_every_reference_is_met() -> None:
    found = Page(comparison_page(three_by_three()))
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    labels = {attrs["aria-labelledby"] for _, attrs in found.tags if "aria-labelledby" in attrs}
    assert labels <= set(ids)


def test_structure_reads_without_eyes() -> None:
    found = Page(comparison_page(three_by_three()))
    assert found.all("html", lang="en")
    assert found.all("bdi", lang="en"), "the scenarios' own language"
    assert all(attrs.get("scope") for attrs in found.all("th") if "aria-hidden" not in attrs)
    assert all(
        attrs.get("aria-hidden") for attrs in found.all("svg") if attrs["class"] != "scale bar"
    )
    headings = [int(name[1]) for name, _ in found.tags if re.fullmatch(r"h\d", name)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))


def test_colours_have_enough_contrast() -> None:
    html = comparison_page([])
    palettes = re.findall(r":root {(.*?)}", html, re.DOTALL)
    assert len(palettes) == 2
    for palette in palettes:
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", palette))
        for name in ("ink", "muted", "wanted-text", "warning", "chosen"):
            assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours["ink"], colours["shade"]) >= 4.5
        for name in ("share", "dot", "wanted"):
            assert contrast(colours[name], colours["paper"]) >= 3, name


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, after WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_nothing_to_compare_is_said() -> None:
    found = Page(comparison_page([], "Empty"))
    assert "Empty There is nothing to compare." in found.text


def test_hostile_text_stays_text_everywhere() -> None:
    of = Scenario(
        id=HOSTILE,
        title=HOSTILE,
        domain=HOSTILE,
        context=HOSTILE,
        question=HOSTILE,
        choices=(
            Choice(id=HOSTILE[:90], text=HOSTILE, values={"fairness": 0.25}),
            Choice(id="c1", text="Stay"),
        ),
        source=HOSTILE,
        licence=HOSTILE,
        entities=(HOSTILE,),
    )
    named = attribute(title=HOSTILE)
    profile = Profile(
        name="fair",
        title=HOSTILE,
        description=HOSTILE,
        targets={"fairness": Target(value=0.5)},
        group=Group(name=HOSTILE, description=HOSTILE),
        persona=HOSTILE,
        boundaries=(Boundary(id="no-harm", rule=HOSTILE, never_say=(HOSTILE,)),),
    )
    prompt = Prompt(
        segments=(
            Segment(role="system", depends="nothing", text=HOSTILE),
            Segment(role="user", depends="scenario", text=HOSTILE),
        )
    )
    asked = ChoiceQuestion(
        instructions=HOSTILE,
        options=(Option(id=HOSTILE, text=HOSTILE), Option(id="b", text="B")),
    )
    scored = ScoreQuestion(instructions=HOSTILE, levels=(HOSTILE, "much"))
    evidence = Evidence(
        calls=(
            Call(
                prompt=prompt,
                question=asked,
                answer=Answer(probabilities={HOSTILE: 0.5, "b": 0.5}, readout="labels"),
            ),
            Call(
                prompt=prompt,
                question=scored,
                answer=Answer(probabilities={"1": 0.5, "2": 0.5}, readout="labels"),
            ),
        ),
        generations=(
            Generation(prompt=prompt, output=HOSTILE, usage=Usage()),
            Generation(prompt=prompt, output={HOSTILE: HOSTILE}, usage=Usage()),
        ),
        templates=(TemplateVersion(name=HOSTILE, sha256=HOSTILE, source="user"),),
        costs={HOSTILE: {HOSTILE: 0.5}},
        excluded={HOSTILE[:90]: HOSTILE},
    )
    model = ModelIdentity(
        name=HOSTILE,
        backend=HOSTILE,
        sha256=HOSTILE,
        served_as=HOSTILE,
        engine=HOSTILE,
        settings={HOSTILE: HOSTILE},
    )
    decided = column(
        HOSTILE,
        of,
        [0.6, 0.4],
        profile=profile,
        attributes=(named,),
        evidence=evidence,
        model=model,
        decider=HOSTILE,
        explanation=HOSTILE,
        estimates={"c1": {"fairness": Estimate(mean=0.5, sd=0.1)}},
    )
    failed = column("f", of, [], outcome="failed", reason=HOSTILE, explanation="", model=model)
    html = comparison_page([Comparison(of, (decided, failed))], HOSTILE)
    found = Page(html)
    assert not {"script", "img"} & {name for name, _ in found.tags}
    assert not any("onerror" in attrs for _, attrs in found.tags)
    assert "{{ 7*7 }}" in html
    assert ">49<" not in html
    whole = " ".join(HOSTILE.split())
    assert found.text.count(whole) >= 40
    assert HOSTILE in [attrs.get("title") for attrs in found.all("code")]


def test_what_a_page_cannot_hold_is_replaced() -> None:
    of = scenario()
    odd = "bell \x07 null \x00 half \ud800 tab\tand\nline"
    html = comparison_page([Comparison(of, (column("x", of, [0.6, 0.4], explanation=odd),))])
    assert html.encode()
    assert "bell \ufffd null \ufffd half \ufffd tab\tand\nline" in html


def test_choice_that_was_made_is_marked_by_more_than_colour() -> None:
    of = scenario("Go", "Stay")
    found = page(column("plain", of, [0.25, 0.75]))
    assert found.classes("chosen") == 1
    assert found.texts.count(", chosen") == 1
    at = found.texts.index("0.75")
    assert found.texts[at + 1] == ", chosen"
    bars = [attrs["width"] for attrs in found.all("rect", **{"class": "fill"})]
    assert bars == ["25.0%", "75.0%"]


def test_figures_have_as_many_digits_as_tell_the_first_two_apart() -> None:
    assert share_figures({"a": 0.5129, "b": 0.4871}) == {"a": "0.51", "b": "0.49"}
    assert share_figures({"a": 0.50004, "b": 0.49996}) == {"a": "0.50004", "b": "0.49996"}
    assert share_figures({"a": 0.5012, "b": 0.4988}) == {"a": "0.501", "b": "0.499"}
    assert share_figures({"a": 0.5, "b": 0.5}) == {"a": "0.50", "b": "0.50"}
    assert share_figures({}) == {}


@pytest.mark.parametrize(
    ("outcome", "shares", "reason"),
    [
        ("escalated", [0.5, 0.5], "the likeliest choices are exactly tied"),
        ("escalated", [0.6, 0.4], "confidence 0.20 is below the profile's 0.5"),
        ("failed", [], "the model could not be reached"),
    ],
)
def test_columns_without_a_choice_say_so(outcome: str, shares: list[float], reason: str) -> None:
    of = scenario()
    found = page(column("plain", of, shares, outcome=outcome, reason=reason))
    assert f"{outcome}: {reason}" in found.text
    assert found.classes("chosen") == 0
    assert len(found.all("rect", **{"class": "fill"})) == len(shares)
    assert found.text.count(f" {outcome} ") == (2 if outcome == "failed" else 0)
    assert "No choice was made" in found.text


def test_choice_that_a_boundary_forbids_says_which() -> None:
    of = scenario()
    evidence = Evidence(excluded={"c1": "no-harm"})
    found = page(column("plain", of, [1.0, 0.0], evidence=evidence))
    assert "ruled out by the boundary no-harm" in found.text


def test_estimates_and_targets_are_drawn_and_told() -> None:
    of = scenario()
    found = page(
        column("none", of, [0.6, 0.4]),
        column(
            "value",
            of,
            [0.6, 0.4],
            profile=fair(0.9),
            estimates=levels(0.25, 0.75),
        ),
        column(
            "range",
            of,
            [0.6, 0.4],
            profile=fair({"range": [0.6, 1.0], "weight": 2}),
            estimates=levels(0.3),
        ),
        column(
            "samples",
            of,
            [0.6, 0.4],
            profile=fair({"samples": [0.1, 0.3, 0.2]}),
            estimates=levels(0.4, 0.5),
        ),
    )
    for figure in ("0.25 ± 0.10", "0.75 ± 0.10", "0.6 to 1, weight 2", "0.2 (mean of 3)"):
        assert figure in found.texts
    assert [attrs["cx"] for attrs in found.all("circle", r="4.5")][1:] == [
        "25.0%",
        "30.0%",
        "40.0%",
        "75.0%",
        "50.0%",
    ]
    bands = [(a["x"], a["width"]) for a in found.all("rect", **{"class": "band"})]
    assert bands == [("20%", "60%"), ("60.0%", "40.0%"), ("60.0%", "40.0%")]
    assert found.text.count("not estimated") == 3
    assert found.text.count("no target") == 1
    for kind in ("wanted level", "wanted range", "wanted samples"):
        assert kind in found.text


def test_legend_names_only_what_is_drawn() -> None:
    of = scenario()
    text = page(column("x", of, [0.6, 0.4], profile=fair(), estimates=levels(0.5))).text
    assert "wanted level" in text
    assert "wanted range" not in text
    assert "wanted samples" not in text


def test_decisions_without_estimates_say_so() -> None:
    of = scenario()
    text = page(column("x", of, [0.6, 0.4], profile=fair())).text
    assert "None of these decisions rests on estimates of attributes." in text


def test_eight_choices_and_four_columns_all_appear() -> None:
    of = scenario(*(f"Choice number {n}" for n in range(8)))
    shares = [0.3, *[0.1] * 7]
    estimates = levels(*(n / 10 for n in range(8)))
    found = page(
        *(
            column(
                f"way {n}",
                of,
                shares,
                profile=fair(),
                estimates=estimates,
            )
            for n in range(4)
        )
    )
    assert len(found.all("rect", **{"class": "fill"})) == 32
    assert len(found.all("circle", r="4.5")) == 33
    assert len(found.all("th", scope="col")) >= 12
    assert found.classes("many") == 0


def test_many_columns_stand_one_below_the_other() -> None:
    of = scenario()
    found = page(*(column(f"way {n}", of, [0.6, 0.4]) for n in range(7)))
    assert found.classes("many") == 2
    assert "decided in 7 ways with the model small" in found.text


def test_certainty_and_cost_are_told() -> None:
    usage = Usage(
        tokens_submitted=12345, tokens_evaluated=678, tokens_generated=9, calls=1234, seconds=61.25
    )
    of = scenario()
    text = page(column("x", of, [0.6, 0.4], order_shift=0.051, usage=usage)).text
    assert "Confidence 0 where all choices are equally likely, 1 for certainty x 0.50" in text
    assert "moved by at most 0.05" in text
    assert "over the orders in which the choices were listed" in text
    assert "1,234" in text
    assert "12,345 submitted, 678 evaluated, 9 generated" in text
    assert "61.2 s" in text


def test_unvaried_order_and_failed_decision_have_words_of_their_own() -> None:
    of = scenario()
    text = page(column("x", of, [], outcome="failed", reason="broken")).text
    assert "no order was varied" in text
    assert "x none" in text


def test_details_tell_who_decided() -> None:
    of = scenario(source="A book", licence="CC0")
    profile = fair(
        {"value": 0.1, "weight": 3},
        title="Fair one",
        persona="You are fair.",
        boundaries=[{"id": "no-harm", "rule": "Never hurt.", "never_say": ["hurt"]}],
        escalate={"error_rate": 0.1, "confidence": 0.9},
    )
    model = ModelIdentity(
        name="small", backend="llama", sha256="ab" * 32, engine="engine 1", settings={"context": 5}
    )
    evidence = Evidence(
        templates=(TemplateVersion(name="baseline", sha256="cd" * 32, source="shipped"),),
        costs={"c0": {"a": 0.2, "b": 0.05}, "c1": {"a": 0.5}},
    )
    found = page(
        column(
            "fair",
            of,
            [0.6, 0.4],
            profile=profile,
            model=model,
            evidence=evidence,
        )
    )
    for said in (
        "Fairness: 0.1, weight 3, towards the low end: Little Fairness.",
        "You are fair.",
        "no-harm: Never hurt. Never to be said: hurt.",
        "so that, with certainty 0.9, at most 0.1 of the decisions made are wrong",
        "Weights (SHA-256) abababababab…",
        "engine 1",
        "context = 5",
        "cdcdcdcdcdcd…",
        "c0: 0.25",
        "2026-01-02 03:04:05 UTC",
        "A book",
        "CC0",
        "The model was not asked.",
    ):
        assert said in found.text
    assert "True values" not in found.text


def test_prompts_are_shown_exactly_and_at_most_twelve() -> None:
    calls = tuple(call(f"\nline one\n  number {n} & more\n") for n in range(14))
    written = Generation(prompt=calls[0].prompt, output={"reasons": ["ja, größer"]}, usage=Usage())
    of = scenario()
    evidence = Evidence(calls=calls, generations=(written,))
    found = page(column("x", of, [0.6, 0.4], evidence=evidence))
    assert "\n\nline one\n  number 11 & more\n" in found.texts
    assert not any("number 12" in text for text in found.texts)
    assert "The record has 2 more calls." in found.text
    assert "Call 12, a predicate question" in found.text
    assert "Answer, read from labels, 98.7% of the model's probability fell" in found.text
    assert '"ja, größer"' in found.text


def test_true_values_are_only_in_the_details() -> None:
    choices = (
        Choice(id="a", text="Go", values={"fairness": 0.125}),
        Choice(id="b", text="Stay", pinned=True),
    )
    of = scenario(choices=choices)
    found = page(column("x", of, [0.6, 0.4], profile=fair()))
    assert "For evaluation; the model never saw them." in found.text
    assert "Go 0.125 Stay unknown" in found.text
    assert "2: b (stays last when the choices are reordered)" in found.text


def test_heading_says_whether_profiles_agree() -> None:
    of = scenario()
    a, b = column("a", of, [0.9, 0.1]), column("b", of, [0.1, 0.9], profile=fair())
    assert "One : The profiles disagree" in page(a, b).text
    assert "(a and b) with the model small; the profiles disagree." in page(a, b).text
    same = column("b", of, [0.8, 0.2], profile=fair(), decider="comparative_regression")
    assert "One : The profiles agree" in page(a, same).text


def test_summary_counts_the_scenarios_that_can_be_compared() -> None:
    of = scenario()
    a, b = column("a", of, [0.9, 0.1]), column("b", of, [0.1, 0.9], profile=fair())
    failed = column("b", of, [], profile=fair(), outcome="failed", reason="broken")
    html = comparison_page(
        [Comparison(of, (a, b)), Comparison(of, (a, a)), Comparison(of, (a, failed))]
    )
    assert (
        "3 scenarios, each decided in 2 ways (a and b) with the model small; the profiles disagree "
        "on 1 of 2 where at least two made a choice."
    ) in Page(html).text


def test_verdict_counts_columns_without_a_choice() -> None:
    of = scenario()
    a = column("a", of, [0.9, 0.1])
    b = column("b", of, [0.1, 0.9], profile=fair())
    failed = column("c", of, [], profile=fair(name="other"), outcome="failed", reason="broken")
    tied = column("d", of, [0.5, 0.5], profile=fair(name="tied"), outcome="escalated", reason="tie")
    words = {
        "The profiles disagree, 1 of 3 made no choice": (a, b, failed),
        "Only 1 of 3 profiles made a choice": (a, failed, tied),
        "No choice was made": (failed, tied),
        "A choice was made": (a,),
    }
    for said, columns in words.items():
        assert verdict(Comparison(of, columns)).words == said


def test_what_varies_is_named() -> None:
    of = scenario()
    other = ModelIdentity(name="large", backend="openai")
    plain = column("a", of, [0.9, 0.1])
    with_profile = column("b", of, [0.9, 0.1], profile=fair(), decider="instructed")
    assert varying([plain, with_profile]) == "profile"
    assert varying([plain, column("c", of, [0.9, 0.1], decider="random")]) == "decider"
    assert varying([plain, column("c", of, [0.9, 0.1], model=other)]) == "model"
    assert varying([plain, with_profile, column("c", of, [1, 0], model=other)]) == "way to decide"
    mixed = Comparison(of, (plain, with_profile, column("c", of, [0, 1], model=other)))
    assert verdict(mixed).words == "The ways to decide disagree"


def test_levels_become_percent_of_the_axis() -> None:
    assert [percent(x) for x in (-0.5, 0, 0.123456, 1, 1.5)] == [0.0, 0.0, 12.35, 100.0, 100.0]
    assert bar(0.375) == Span(0.0, 37.5)
    assert bar(0.375).width == 37.5


def test_dot_has_whiskers_of_one_standard_deviation_within_the_axis() -> None:
    assert dot(Estimate(mean=0.5, sd=0.25)) == Dot(50.0, Span(25.0, 75.0))
    assert dot(Estimate(mean=0.9, sd=0.25)) == Dot(90.0, Span(65.0, 100.0))
    assert dot(Estimate(mean=0.1, sd=0.0)) == Dot(10.0, Span(10.0, 10.0))


def test_each_kind_of_target_has_its_mark() -> None:
    assert wanted(None) == Wanted()
    assert wanted(Target(value=0.2)) == Wanted(level=Tick(20.0, HEIGHT))
    assert wanted(Target(range=(0.25, 0.75))) == Wanted(band=Span(25.0, 75.0))
    assert wanted(Target(samples=(0.5,))) == Wanted(samples=(Tick(50.0, 12.0),))
    assert Tick(50.0, 12.0).top == HEIGHT - 12


def test_samples_become_a_histogram() -> None:
    assert histogram([0.5, 0.5, 0.5, 0.51, 0.1, 1.0]) == (
        Tick(10.0, 3.0),
        Tick(50.0, 12.0),
        Tick(100.0, 3.0),
    )
    assert histogram([0.0, 0.0, 1.0]) == (Tick(0.0, 12.0), Tick(100.0, 6.0))
    assert len(histogram([n / 1000 for n in range(1001)])) == 41
    assert histogram([]) == ()


def test_words() -> None:
    assert counted(1, "call") == "1 call"
    assert counted(1200, "call") == "1,200 calls"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert seconds_words(0.04) == "under 0.1 s"
    assert seconds_words(1234.56) == "1,234.6 s"
    assert escalation_words(Escalation(min_confidence=0.6)) == "below a confidence of 0.6"
    assert tokens_words(Usage(tokens_submitted=1, tokens_evaluated=1)) == "1 submitted, 1 evaluated"


def test_targets_in_words_say_what_they_look_like() -> None:
    named = attribute()
    assert target_words(Target(value=0.9), named) == ("0.9, towards the high end: Much Fairness.")
    assert target_words(Target(range=(0.3, 0.7)), named) == (
        "0.3 to 0.7, between the low end (Little Fairness.) and the high end (Much Fairness.)"
    )
    assert target_words(Target(samples=(0.1, 0.2)), named) == (
        "0.15 (mean of 2), towards the low end: Little Fairness. The samples: 0.1, 0.2."
    )
    many = Target(samples=tuple([0.5] * 23))
    assert target_words(many, named).endswith("0.5 and 3 more.")
