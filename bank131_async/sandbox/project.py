"""A merchant's project at the sandbox bank."""

from __future__ import annotations

from attrs import define, field

from bank131_async.core.signing import Verifier
from bank131_async.sandbox.settings import Settings


@define(eq=False)
class Project:
    """A project: its id, the key that checks the merchant's signatures, and its switches.

    ``settings`` may be replaced at any time; what happens next follows the new ones.
    """

    id: str
    verifier: Verifier = field(repr=False)
    settings: Settings = field(factory=Settings)
    # Where a payer's browser reaches the bank's pages; the server sets it once it knows its port.
    base_url: str = "http://bank131.test"
