"""The profile of a group of people from a survey: published opinions, or shares of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from alignkit.datasets import READERS
from alignkit.errors import DataError, InvalidSetting, UnknownName, UsageError
from alignkit.library import Document, Library, read_document
from alignkit.schema import Group, Marginals, Profile
from alignkit.schema.complaints import complaint
from alignkit.service.data_sets.placing import Folders
from alignkit.service.people.opinions import Opinions, opinions
from alignkit.service.people.profile_text import checked_name, name_from, profile_text
from alignkit.service.people.referring import check_scenarios
from alignkit.service.people.surveyed import Asked, asked, carried, fit_samples

_OPINIONS = "opinionqa_align"
_ENDINGS = (".yaml", ".yml", ".json")

_SAMPLES = (
    "Samples are the levels of the answers that were given, drawn evenly from their distribution, "
    "every question counting equally. Answers without a value are left aside, and so are questions "
    "whose answers do not differ in level."
)
_NOT_WISHES = (
    "What they do not say: which levels people would want if they could have any, for answers "
    "depend on what was on offer; and whether people differ or questions do, for shares do not "
    "tell who gave which answers. Where single choices are known, `align profiles fit` tells these "
    "apart."
)
_NO_TARGETS = "No question has answers that differ in a known level, so there are no targets."
_KNOWN = "What the data say: of each question the group's most frequent and its rarest answer."
_UNKNOWN = (
    "What they do not say: how many people gave an answer. Their values are shares scaled within "
    "each question, 0 for the rarest and 1 for the most frequent answer, so neither shares nor a "
    "distribution of levels can be had from them, and there are no targets."
)
_UNSEEN = (
    "No answer of the group is in this profile: whether `persona` or `instructed` answer as the "
    "group does under it is to be measured on the data."
)


@dataclass(frozen=True)
class GroupPlan:
    """Which group's profile, and what is to be in it."""

    group: str | None = None
    """Its name in the data; not needed where they hold only one."""
    attributes: Sequence[str] = ()
    """Those to make targets of; by default all that questions have values of."""
    name: str | None = None
    """Name of the profile; by default made of the group's."""
    description: str | None = None
    """Who these people are, in place of what the data say."""


@dataclass(frozen=True)
class GroupProfile:
    """The profile of a group, and what it rests on."""

    profile: Profile
    header: Sequence[str]
    """What the data say and do not say."""
    about: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What each target rests on, by attribute."""

    def text(self) -> str:
        """The profile as YAML; comments say what it rests on."""
        return profile_text(self.profile, self.header, self.about)


def group_profile(
    source: str, library: Library, plan: GroupPlan | None = None, data: Path | None = None
) -> GroupProfile:
    """The profile of a group by the survey `source`.

    Args:
        source: `opinionqa_align:PATH`, or a YAML or JSON file of `Marginals` or a list of them.
        library: where scenarios are looked for that the file names.
        plan: which group, and what is to be in the profile.
        data: the folder of public data sets, where `PATH` leads that is not in the working folder.

    Raises:
        UnknownName: there is no such group, attribute or format.
        UsageError: there are several groups and none is named, or the format knows no groups.
        DataError: the file has a mistake.
    """
    plan = plan or GroupPlan()
    kind, colon, path = source.partition(":")
    if not colon or (kind not in READERS.names() and Path(source).suffix in _ENDINGS):
        return _of_marginals(Path(source), library, plan)
    if kind not in READERS.names():
        raise UnknownName("dataset", kind, [_OPINIONS], f"Give {_OPINIONS}:PATH, or a file.")
    if kind != _OPINIONS:
        raise UsageError(
            f"The data set {kind!r} has no groups.", f"Give {_OPINIONS}:PATH, or a file of shares."
        )
    if plan.attributes:
        raise UsageError(
            f"The data set {_OPINIONS!r} has values of groups only, not of attributes.",
            "Leave out --attributes.",
        )
    return _of_opinions(opinions(Folders(data=data).path(path), plan.group), path, plan)


def _of_opinions(found: Opinions, path: str, plan: GroupPlan) -> GroupProfile:
    described = (
        f"Adults in the United States who belong to the group {found.title!r} in surveys of the "
        "Pew Research Center's American Trends Panel."
    )
    agreeing = [
        f"{same} of {shared} questions with {other}"
        for other, (same, shared) in found.agreement.items()
    ]
    alike = f"Its most frequent answer is that of others in {', '.join(agreeing)}."
    header = [
        f"The group {found.title} by {path}: {found.questions} questions.",
        *([f"{found.broken} rows of the data are broken and left aside."] if found.broken else []),
        *(_KNOWN, *([alike] if agreeing else []), _UNKNOWN, _UNSEEN),
        f"Source: {found.source}. Licence: {found.licence}.",
    ]
    return GroupProfile(_profile(Group(name=found.title, description=described), {}, plan), header)


def _of_marginals(path: Path, library: Library, plan: GroupPlan) -> GroupProfile:
    document, survey = _survey(path, plan.group)
    questions = asked(survey, document, path.parent, library)
    known = carried(questions)
    for name in plan.attributes:
        if name not in known:
            raise UnknownName("attribute", name, known, _answers_have(known))
    fits = [fit_samples(questions, name) for name in plan.attributes or known]
    targets = {fit.attribute: fit.target for fit in fits}
    return GroupProfile(
        _profile(survey.group, targets, plan),
        header=_rests_on(survey, path, questions, with_targets=bool(fits)),
        about={fit.attribute: (fit.said,) for fit in fits},
    )


def _rests_on(
    survey: Marginals, path: Path, questions: Sequence[Asked], *, with_targets: bool
) -> list[str]:
    origin = f" ({survey.source})" if survey.source else ""
    first = f"The group {survey.group.name} by {path}{origin}: {len(questions)} questions."
    return [first, *((_SAMPLES, _NOT_WISHES) if with_targets else (_NO_TARGETS,))]


def _answers_have(known: Sequence[str]) -> str:
    if not known:
        return _NO_TARGETS
    return f"Answers have: {', '.join(known)}."


def _survey(path: Path, group: str | None) -> tuple[Document, Marginals]:
    """What the file `path` says of `group`, or of the only group that it holds."""
    found: dict[str, tuple[Document, Marginals]] = {}
    for document in read_document(path).items():
        check_scenarios(document)
        survey = document.parse(Marginals, DataError)
        if survey.group.name in found:
            raise DataError(f"{path}: the group {survey.group.name!r} stands there twice.")
        found[survey.group.name] = (document, survey)
    if not found:
        raise DataError(f"{path}: is an empty list.")
    if group is None and len(found) > 1:
        raise UsageError(f"{path}: has {len(found)} groups.", f"Name one: {', '.join(found)}.")
    if group is not None and group not in found:
        raise UnknownName("group", group, found, f"There are: {', '.join(found)}.")
    return next(iter(found.values())) if group is None else found[group]


def _profile(group: Group, targets: Mapping[str, object], plan: GroupPlan) -> Profile:
    name = checked_name(plan.name or name_from(group.name, "group"))
    described = {"name": group.name, "description": plan.description or group.description}
    try:
        return Profile.model_validate({"name": name, "targets": targets, "group": described})
    except ValidationError as error:
        message = complaint(error.errors()[0])
        raise InvalidSetting(f"The description of the group: {message}.") from error
