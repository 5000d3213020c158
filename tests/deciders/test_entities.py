from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.datasets.align_phase2 import mirrored, read
from alignkit.deciders.entities import exchanged, found_entities, twins
from alignkit.errors import BadScenario
from alignkit.library import Library
from alignkit.schema import Choice, Scenario
from alignkit.testing import strategies

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
SHIPPED = Library().scenarios
WITH_ENTITIES = [name for name in SHIPPED if SHIPPED[name].entities]


def scenario(
    context: str,
    *choices: str,
    question: str = "What do you do?",
    entities: Sequence[str] = (),
    language: str | None = None,
) -> Scenario:
    return Scenario(
        id="s",
        context=context,
        question=question,
        choices=tuple(
            Choice(id=f"c{n}", text=text, values={"care": n / 10}, pinned=n == 2)
            for n, text in enumerate(choices or ("Go", "Stay"))
        ),
        entities=tuple(entities),
        language=language,
    )


def texts(one: Scenario) -> list[str]:
    return [one.context, one.question, *(choice.text for choice in one.choices)]


def swap(one: str, other: str) -> dict[str, str]:
    return {one: other, other: one}


AB = swap("Patient A", "Patient B")


# Exchanging


def test_names_are_exchanged_everywhere_and_all_else_stays() -> None:
    before = scenario(
        "Patient A bleeds. Patient B burns.",
        "Treat Patient A",
        "Treat Patient B",
        "Neither Patient A nor B",
        question="Is it Patient A's turn?",
        entities=("Patient A", "Patient B"),
    )
    after = exchanged(before, AB)
    assert texts(after) == [
        "Patient B bleeds. Patient A burns.",
        "Is it Patient B's turn?",
        "Treat Patient B",
        "Treat Patient A",
        "Neither Patient B nor A",
    ]
    stripped = {"context": "-", "question": "-"}
    assert after.model_copy(update={**stripped, "choices": ()}) == before.model_copy(
        update={**stripped, "choices": ()}
    )
    for old, new in zip(before.choices, after.choices, strict=True):
        assert new.model_copy(update={"text": old.text}) == old


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Patient A's leg, Patient B\u2019s arm.", "Patient B's leg, Patient A\u2019s arm."),
        ("patient A and PATIENT B", "patient B and PATIENT A"),
        ("Patients A and B", "Patients B and A"),
        ("patients B, C and A", "patients A, C and B"),
        ("patients A, B, or C", "patients B, A, or C"),
        ("patients A/B & C", "patients B/A & C"),
        ("either patient A or B", "either patient B or A"),
        ("patient A's or B's bed", "patient B's or A's bed"),
        ("Patient A over B, then B.", "Patient B over A, then B."),
        ("die Patienten A und B", "die Patienten B und A"),
        ("les patients A et B", "les patients B et A"),
        ("Patient\nA waits", "Patient\nB waits"),
        ("(Patient A)", "(Patient B)"),
        ("Patient A-related", "Patient B-related"),
    ],
)
def test_labels_are_exchanged_wherever_their_noun_is(before: str, after: str) -> None:
    assert exchanged(scenario(before), AB).context == after
    assert exchanged(scenario(after), AB).context == before


@pytest.mark.parametrize(
    "text",
    [
        "Patient AB, Patient A1, outpatient A, Patients",
        "A patient. Plan A, plan B, vitamin B.",
        "Patient C and patients C, D",
        "patients A to C, patients A-C",
        "patient a, patients a and b",
    ],
)
def test_what_is_no_mention_of_the_names_stays(text: str) -> None:
    assert exchanged(scenario(text), AB).context == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Casualty 1 and casualty 2", "Casualty 2 and casualty 1"),
        ("casualties 1 and 2", "casualties 2 and 1"),
        ("casualty 1, 2 minutes later", "casualty 2, 2 minutes later"),
        ("casualty 1.5, casualty 12, casualty 1%", "casualty 1.5, casualty 12, casualty 1%"),
    ],
)
def test_numbers_are_a_list_behind_a_plural_only(before: str, after: str) -> None:
    assert exchanged(scenario(before), swap("Casualty 1", "Casualty 2")).context == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The carpenter's leg.", "The plumber's leg."),
        ("Carpenter first, then the plumber.", "Plumber first, then the carpenter."),
        ("CARPENTER OR PLUMBER", "PLUMBER OR CARPENTER"),
        ("Carpenters, carpentering", "Carpenters, carpentering"),
        ("carpenter_1", "carpenter_1"),
    ],
)
def test_words_are_exchanged_as_they_are_spelt(before: str, after: str) -> None:
    assert exchanged(scenario(before), swap("carpenter", "plumber")).context == after


def test_a_name_that_looks_like_a_word_is_not_taken_for_it() -> None:
    before = scenario("Rose rose. May may.", "Help Rose", "Help May")
    assert exchanged(before, swap("Rose", "May")).context == "May rose. Rose may."


@pytest.mark.parametrize(
    ("names", "before", "after"),
    [
        (("Anna", "Zoé"), "Anna, Zoé", "Zoé, Anna"),
        (("Zoe", "Anna"), "Zoe\u0308, Anna", "Zoe\u0308, Zoe"),
        (
            ("Dr. Lee", "Dr. Brown"),
            "Dr. Lee (not Lee) and Dr.\nBrown",
            "Dr. Brown (not Lee) and Dr.\nLee",
        ),
        (("Ann", "Ann Lee"), "Ann Lee met Ann", "Ann met Ann Lee"),
        (("张三", "李四"), "张三和李四在等。", "李四和张三在等。"),
        (("Анна", "Ольга"), "Анна ждёт, Ольга спит.", "Ольга ждёт, Анна спит."),
        (("ليلى", "سارة"), "ليلى وسارة", "سارة وسارة"),
        (("C++", "R&D"), "C++, R&D, C+", "R&D, C++, C+"),
    ],
)
def test_names_of_any_script_are_exchanged(names: tuple[str, str], before: str, after: str) -> None:
    assert exchanged(scenario(before), swap(*names)).context == after


def test_a_new_name_of_more_words_is_joined_with_spaces() -> None:
    before = scenario("Ann\nLee waits.")
    assert exchanged(before, {"Ann Lee": "Bo van Dyk"}).context == "Bo van Dyk waits."


def test_new_names_are_the_new_entities() -> None:
    before = scenario("Ann and Bo wait.", entities=("Ann", "Bo"))
    assert exchanged(before, {"Ann": "Eve"}).entities == ("Eve", "Bo")
    assert exchanged(before, swap("Ann", "Bo")).entities == ("Ann", "Bo")


def test_no_mapping_changes_nothing() -> None:
    before = scenario("Ann waits.")
    assert exchanged(before, {}) == before


@pytest.mark.parametrize("mapping", [{"A": "C", "B": "C"}, {"": "A"}, {" ": "A"}, {"A": ""}])
def test_two_names_cannot_become_one_nor_one_none(mapping: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="each needs one of its own"):
        exchanged(scenario("A and B"), mapping)


def test_choices_that_say_the_same_then_are_no_scenario() -> None:
    before = scenario("They wait.", "Help Ann", "Help BO", entities=("Ann", "Bo"))
    with pytest.raises(BadScenario, match=r"s: with the names exchanged: .* same text 'help bo'"):
        exchanged(before, {"Ann": "Bo"})


@pytest.mark.parametrize("place", [0, 1])
def test_a_new_name_must_be_able_to_stand_in_a_text(place: int) -> None:
    before = (scenario("Ann waits."), scenario("One waits.", "Help Ann", "Go"))[place]
    with pytest.raises(BadScenario, match="control character"):
        exchanged(before, {"Ann": "B\x07"})


# Finding


def test_given_names_are_taken_as_they_are_and_once() -> None:
    given = scenario("Ann and Bo wait; Patient A and Patient B too.", entities=("Bo", "Ann", "Bo"))
    assert found_entities(given) == ("Bo", "Ann")


FOUND: dict[str, tuple[Scenario, tuple[str, ...]]] = {
    "a noun with letters": (
        scenario("Patient A bleeds. Patient B burns.", "Treat Patient A", "Treat Patient B"),
        ("Patient A", "Patient B"),
    ),
    "in a list": (
        scenario("There are patients A, B and C.", "Treat patient B", "Treat patient A"),
        ("patient A", "patient B", "patient C"),
    ),
    "a noun with numbers": (
        scenario("Casualty 1 bleeds, Casualty 2 burns for 5 minutes.", "Wait", "Help Casualty 1"),
        ("Casualty 1", "Casualty 2"),
    ),
    "numbers behind a small letter": (
        scenario("Of the two victims, victim 1 bleeds and victim 2 burns."),
        ("victim 1", "victim 2"),
    ),
    "options": (
        scenario("Option B costs less than Option A.", "Take Option A", "Take Option B"),
        ("Option B", "Option A"),
    ),
    "German": (
        scenario(
            "Der Patient A und der Patient B warten.", "Patient A", "Patient B", language="de"
        ),
        ("Patient A", "Patient B"),
    ),
    "first names in the same place": (
        scenario("Anna is a nurse. Ben is a pilot.", "Help Anna first", "Help Ben first"),
        ("Anna", "Ben"),
    ),
    "first names in a list": (
        scenario("Theo, Mia, and Omar wait. Mia sleeps, so Omar watches Theo."),
        ("Theo", "Mia", "Omar"),
    ),
    "possessives": (
        scenario("Anna's leg and Ben's arm hurt.", "Dress Anna's leg", "Dress Ben's arm"),
        ("Anna", "Ben"),
    ),
    "full names": (
        scenario("Anna Smith and Carl Jones wait.", "Help Anna Smith", "Help Carl Jones"),
        ("Anna Smith", "Carl Jones"),
    ),
    "titles": (
        scenario(
            "Dr. Lee said yes, he said. Then Dr. Brown came; she did not.",
            "Trust Dr. Lee",
            "Trust Dr. Brown",
        ),
        ("Dr. Lee", "Dr. Brown"),
    ),
    "French": (
        scenario("Anna et Ben attendent.", "Aider Anna", "Aider Ben", language="fr"),
        ("Anna", "Ben"),
    ),
    "the kind that the choices name": (
        scenario("Room A and Room B; Anna and Ben.", "Help Anna now", "Help Ben now"),
        ("Anna", "Ben"),
    ),
    "a person and a place": (
        scenario("Anna lives in Paris. Ben lives in Rome.", "Help Anna", "Help Ben", "Help Paris"),
        ("Anna", "Ben"),
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_names_of_one_kind_are_found(case: str) -> None:
    one, names = FOUND[case]
    assert found_entities(one) == names


NONE = {
    "no names": scenario("Two people wait."),
    "one name": scenario("Patient A bleeds, and nobody else.", "Treat Patient A", "Wait"),
    "bare letters": scenario("A bleeds. B burns.", "Treat A", "Treat B"),
    "letters that also stand alone": scenario(
        "Patient A and Patient B wait; take B first.", "Treat Patient A", "Treat Patient B"
    ),
    "amounts": scenario("It takes 1 hour or 2 hours.", "Wait 1 hour", "Wait 2 hours"),
    "points in time": scenario("On day 1, or on day 2 of the days.", "Go on day 1", "Go on day 2"),
    "sorts": scenario("Hepatitis B and hepatitis C.", "Treat hepatitis B", "Treat hepatitis C"),
    "ranges": scenario("Victims 1 to 3: victim 1 bleeds, victim 2 burns, victim 3 waits."),
    "sentence-initial words": scenario("Treat her. Move her. They wait.", "Treat", "Move"),
    "months": scenario("It is May or June.", "Go in May", "Go in June"),
    "weekdays": scenario("Monday and Friday are free.", "Take Monday", "Take Friday"),
    "countries": scenario("France and Spain offer it.", "Choose France", "Choose Spain"),
    "places": scenario("It is wet in Leeds and dry in York.", "Go to Leeds", "Go to York"),
    "articles": scenario("The Fox and the Hare.", "Take the Fox", "Take the Hare"),
    "acronyms": scenario("Ask NATO or WHO.", "Ask NATO", "Ask WHO"),
    "words also without capital": scenario("A Rose, a rose.", "Help Rose now", "Help Bo now"),
    "a name and part of it": scenario(
        "Anna Smith and Carl Jones; Anna waits.", "Help Anna Smith", "Help Carl Jones"
    ),
    "a person and something else": scenario("Anna runs to Leeds; Leeds waits for Anna."),
    "he and she": scenario(
        "Anna hurt her leg, Ben hurt his arm.", "Help Anna", "Help Ben", question="Who?"
    ),
    "different titles": scenario("Mr. Lee and Mrs. Brown wait.", "Help Mr. Lee", "Help Mrs. Brown"),
    "bent names": scenario("Annas Bein, Anna und Ben.", "Anna helfen", "Ben helfen"),
    "German nouns": scenario(
        "Feuerwehr und Polizei helfen.", "Feuerwehr rufen", "Bitte Polizei rufen", language="de-AT"
    ),
    "German nouns without a tag": scenario(
        "Brot und Wasser fehlen, das ist nicht gut.", "Dort Brot holen", "Dort Wasser holen"
    ),
}


@pytest.mark.parametrize("case", NONE)
def test_what_may_be_no_names_of_one_kind_is_left_alone(case: str) -> None:
    assert found_entities(NONE[case]) == ()
    assert twins(NONE[case], 9) == (NONE[case],)


@pytest.mark.parametrize("name", SHIPPED)
def test_of_the_shipped_scenarios_no_other_names_are_found_than_they_give(name: str) -> None:
    found = found_entities(SHIPPED[name].model_copy(update={"entities": ()}))
    assert found in ((), SHIPPED[name].entities)


# Twins


def test_twins_are_the_scenario_and_all_turns_of_its_names() -> None:
    one = scenario(
        "Ann, Bo and Cy.", "Help Ann", "Help Bo", "Help Cy", entities=("Ann", "Bo", "Cy")
    )
    found = twins(one, 9)
    assert found[0] == one
    assert [twin.context for twin in found] == [
        "Ann, Bo and Cy.",
        "Bo, Cy and Ann.",
        "Cy, Ann and Bo.",
    ]
    assert [twin.choices[0].text for twin in found] == ["Help Ann", "Help Bo", "Help Cy"]


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (1, 1), (2, 2), (3, 3), (9, 3)])
def test_there_are_no_more_than_the_limit(limit: int, count: int) -> None:
    one = scenario("Ann, Bo and Cy wait.", entities=("Ann", "Bo", "Cy"))
    assert len(twins(one, limit)) == count


def test_twins_that_cannot_be_decided_are_left_out() -> None:
    one = scenario("They wait.", "Help Ann", "Help bo", entities=("Ann", "Bo"))
    with pytest.raises(BadScenario):
        exchanged(one, swap("Ann", "Bo"))
    assert twins(one, 9) == (one,)


def test_twins_in_which_nothing_changes_are_left_out() -> None:
    one = scenario("They wait.", entities=("Ann", "Bo"))
    assert twins(one, 9) == (one,)


def test_twins_in_which_a_name_becomes_part_of_a_longer_one_are_left_out() -> None:
    one = scenario("Lee Ann Lee waits.", entities=("Ann Lee", "Ann"))
    assert exchanged(one, swap("Ann Lee", "Ann")).context == "Lee Ann waits."
    assert twins(scenario("Ann Lee Lee waits.", entities=("Ann Lee", "Ann")), 9)[1:] == ()


@pytest.mark.parametrize("name", WITH_ENTITIES)
def test_each_shipped_scenario_with_names_has_its_twins(name: str) -> None:
    one = SHIPPED[name]
    found = twins(one, 9)
    assert len(found) == len(one.entities) == 2
    assert exchanged(found[1], swap(*one.entities)) == one
    assert found[1].choice_ids == one.choice_ids
    for before, after in zip(texts(one), texts(found[1]), strict=True):
        assert masked(before, one.entities) == masked(after, one.entities)
        for old, new in (one.entities, one.entities[::-1]):
            assert len(re.findall(old, before, re.IGNORECASE)) == len(
                re.findall(new, after, re.IGNORECASE)
            )


def masked(text: str, names: Sequence[str]) -> str:
    return re.sub("|".join(names), "#", text, flags=re.IGNORECASE)


# Properties

NAMES = {
    "letters": ("Patient A", "Patient B", "Patient C", "Patient D"),
    "numbers": ("Casualty 1", "Casualty 2", "Casualty 3"),
    "people": ("Anna", "Ben", "Carla", "Dov", "Eve"),
    "titles": ("Dr. Lee", "Dr. Brown", "Dr. Okafor"),
    "trades": ("carpenter", "plumber", "nurse"),
}
FILLERS = (
    "waits", "is hurt,", "and", "the", "Annabel", "Benn", "carpenters", "Patient AB", "Dr. Leeds",
    "Leeward", "casualty 12", "nursery", "5 minutes.", "\n", "(so it is)", "Both", "or",
)  # fmt: skip


@st.composite
def templates(draw: st.DrawFn, names: Sequence[str]) -> str:
    """Words with places such as {0} for names among them, also in possessives and in brackets."""
    places = st.sampled_from([f"{{{n}}}" for n in range(len(names))])
    shaped = st.sampled_from(("%s", "%s's", "(%s)", '"%s"', "%s,", "%s."))
    mentions = st.builds(lambda place, shape: shape % place, places, shaped)
    drawn = draw(st.lists(mentions | st.sampled_from(FILLERS), min_size=1, max_size=12))
    return " ".join(("So", *drawn, "it is"))


@settings(max_examples=50)
@given(data=st.data())
@pytest.mark.parametrize("kind", NAMES)
def test_each_name_stands_in_each_role_once_and_nothing_else_changes(
    kind: str, data: st.DataObject
) -> None:
    names = NAMES[kind]
    context, question, first, second = (data.draw(templates(names)) for _ in range(4))
    parts = (context, question, f"First {first}", f"Second {second}")
    said = [part.format(*names) for part in parts]
    one = scenario(said[0], said[2], said[3], question=said[1], entities=names)
    turns = [(*names[k:], *names[:k]) for k in range(len(names))]
    expected = [[part.format(*turn) for part in parts] for turn in turns]
    found = [texts(twin) for twin in twins(one, 9)]
    if any("{" in part for part in parts):
        assert found == expected
    else:
        assert found == expected[:1]
    for turn in turns:
        twin = exchanged(one, dict(zip(names, turn, strict=True)))
        assert exchanged(twin, dict(zip(turn, names, strict=True))) == one


@given(strategies.scenarios())
def test_twins_of_any_scenario_differ_from_it_in_their_texts_alone(one: Scenario) -> None:
    found = twins(one, 4)
    assert found[0] == one
    for twin in found[1:]:
        assert twin != one
        for old, new in zip(one.choices, twin.choices, strict=True):
            assert new.model_copy(update={"text": old.text}) == old
        kept = {"context": "-", "question": "-", "choices": ()}
        assert twin.model_copy(update=kept) == one.model_copy(update=kept)
        assert twin == Scenario.model_validate(twin.model_dump())


@given(strategies.scenarios(), st.sampled_from(tuple(NAMES.values())))
def test_a_text_without_the_names_stays(one: Scenario, names: tuple[str, ...]) -> None:
    mapping = dict(zip(names, (*names[1:], names[0]), strict=True))
    assert texts(exchanged(one, mapping)) == texts(one)


# The public data


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
def test_both_patients_are_found_in_every_record_of_the_triage_data() -> None:
    path = Path(DATA or "") / "align_phase2" / "July2025-AF-train_20250804.json"
    records = [one for one in read(path) if isinstance(one, Scenario)]
    assert len(records) == 87
    for one in records:
        bare = one.model_copy(update={"entities": ()})
        assert found_entities(bare) == found_entities(one) == ("Patient A", "Patient B")
        [same, twin] = twins(one, 9)
        assert same == one
        assert twin.context.count("Patient A") == one.context.count("Patient B") == 2
        lines, turned = one.context.split("\n"), twin.context.split("\n")
        mirror = mirrored(one).context.split("\n")
        assert [turned[2], turned[1]] == mirror[1:3]  # the same people, in the other order
        assert [line.split()[2:] for line in turned[1:]] == [line.split()[2:] for line in lines[1:]]


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
def test_in_the_data_without_names_none_are_found() -> None:
    path = Path(DATA or "") / "align_phase2" / "July2025-PS-train_20250804.json"
    records = [one for one in read(path) if isinstance(one, Scenario)]
    assert len(records) == 84
    assert not any(found_entities(one) for one in records)


def test_names_are_found_in_a_text_of_any_length() -> None:
    long = scenario("There Ann and Bob wait, she said. " * 30_000, "Ann first", "Bob first")
    start = time.process_time()
    assert found_entities(long) == ("Ann", "Bob")
    assert time.process_time() - start < 20, "linear: one second; quadratic: minutes"
