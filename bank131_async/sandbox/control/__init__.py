"""The control plane under ``/_sandbox``: what a test, a person or another program may do to the sandbox bank.

``plane`` answers requests, ``guard`` keeps other web pages out, ``views`` writes what there is to see as JSON,
``actions`` is the table of what may be done as the payer and as the bank. Everything here is a thin layer over the
methods of ``SandboxBank``, which do the same from Python. Pure: the server puts it on the network.
"""

from __future__ import annotations

from bank131_async.sandbox.control.plane import ControlPlane

__all__ = ["ControlPlane"]
