"""Labelled examples for prompts: a pool, which of it may be shown, and which of that is shown."""

from alignkit.examples.excluding import THRESHOLD, SameGroup, allowed
from alignkit.examples.lexical import LexicalEmbedding
from alignkit.examples.pool import Pool
from alignkit.examples.selecting import select
from alignkit.examples.selector import Selector
from alignkit.examples.settings import ExampleSettings
from alignkit.examples.shot import Shot, ShotLevel
from alignkit.examples.similarity import Embeds, Similarity, text_of
from alignkit.examples.token_table import TokenTableEmbedding

__all__ = [
    "THRESHOLD",
    "Embeds",
    "ExampleSettings",
    "LexicalEmbedding",
    "Pool",
    "SameGroup",
    "Selector",
    "Shot",
    "ShotLevel",
    "Similarity",
    "TokenTableEmbedding",
    "allowed",
    "select",
    "text_of",
]
