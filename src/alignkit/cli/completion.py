"""`align completion`: the script that makes a shell complete commands, options and names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(
    epilog="""\b
Examples:
  align completion bash >> ~/.bashrc
  align completion zsh >> ~/.zshrc
  align completion fish > ~/.config/fish/completions/align.fish"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell."""
    from alignkit.cli.main import cli

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(cli, {}, "align", "_ALIGN_COMPLETE").source())
