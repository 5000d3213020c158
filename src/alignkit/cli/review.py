"""`align review`: the decisions that were left to people, one after another."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from alignkit.cli.options import settings, store_option


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  align review
  align review decide 3f9a51c2 --choice a --note "The only one who can wait."
  align review decide 3f9a51c2 --none --note "Both break the rule on consent."
  align review list --json""",
)
@store_option
@click.pass_context
def review(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Decide what the machine left to a person.

    Without a further word, at a terminal, it shows one waiting decision after another and asks.
    """
    if context.invoked_subcommand is not None:
        context.obj = options
        return
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask. Use: align review list, show, decide.")
    from alignkit.cli.reviewing import ask_all
    from alignkit.service import existing_store

    with existing_store(settings(options)) as store:
        ask_all(store)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options of the subcommand, and those that stood before its name."""
    before = click.get_current_context().obj or {}
    return {**before, **{name: value for name, value in given.items() if value is not None}}


@review.command("list", epilog="Example: align review list --limit 20")
@store_option
@click.option("--decided", is_flag=True, help="Those on which people decided, in place.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a decision.")
def list_(*, decided: bool, limit: int | None, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """List the decisions that wait for a person, the oldest first."""
    from itertools import islice

    from alignkit.cli.reviewing import facts, table
    from alignkit.service import existing_store
    from alignkit.service.reviews import waiting

    with existing_store(settings(_options(options))) as store:
        every = store.reviews.every_decided() if decided else waiting(store, limit)
        found = list(islice(every, limit))
        total = store.reviews.count()
    if as_json:
        for one in found:
            click.echo(json.dumps(facts(one)))
        return
    if found:
        from rich.console import Console

        Console().print(table(found))
    more = "" if decided or len(found) == total else f", {len(found)} shown"
    click.echo(f"{total} decision{'s' * (total != 1)} wait for a person{more}.", err=True)


@review.command(epilog="Example: align review show 3f9a51c2")
@click.argument("decision", metavar="ID")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the whole record.")
def show(decision: str, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Show a decision that waits: the scenario, the estimates, why it was left to a person."""
    from alignkit.cli.reviewing import facts, shown
    from alignkit.service import existing_store
    from alignkit.service.reviews import case_of

    with existing_store(settings(_options(options))) as store:
        case = case_of(store, decision)
    if as_json:
        record = case.record.model_dump(mode="json") if case.record else None
        click.echo(json.dumps({**facts(case.place), "record": record}))
        return
    from rich.console import Console

    Console().print(shown(case))


@review.command(
    epilog="""\b
Examples:
  align review decide 3f9a51c2 --none --note "Neither may be asked of her."
  align review decide 3f9a51c2 --choice b --again --note "I had misread the dose."
  align review decide 3f9a51c2 --choice a"""
)
@click.argument("decision", metavar="ID")
@click.option("--choice", metavar="CHOICE", help="Id of the choice that is right.")
@click.option("--none", "none_right", is_flag=True, help="No choice is right; needs a --note.")
@click.option("--note", metavar="TEXT", help="Why, in your words.")
@click.option("--by", metavar="NAME", help="Who decides (default: your user name).")
@click.option("--again", is_flag=True, help="In place of the verdict that there is.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def decide(decision: str, **options: Any) -> None:  # noqa: ANN401  click passes what was given
    """Give your verdict on a decision; at a terminal without --choice you are asked.

    The verdict joins the record. It takes the place of nothing: what the machine found stays.
    """
    from alignkit.cli.reviewing import ask_about, facts
    from alignkit.service import existing_store
    from alignkit.service.reviews import Verdict, give_verdict
    from alignkit.service.who import user_name

    choice, none_right, by = options["choice"], options["none_right"], options["by"] or user_name()
    if choice is not None and none_right:
        raise click.UsageError("Give either --choice or --none.")
    with existing_store(settings(_options(options))) as store:
        if choice is None and not none_right:
            if not sys.stdin.isatty():
                raise click.UsageError("Say what is right: --choice CHOICE, or --none with --note.")
            ask_about(store, decision, by, again=options["again"])
            return
        verdict = Verdict(choice, options["note"], by)
        case = give_verdict(store, decision, verdict, again=options["again"])
    if options["as_json"]:
        click.echo(json.dumps(facts(case.place)))
    else:
        click.echo(f"Decision {case.place.result.decision}: kept.", err=True)
