"""Adapters to other people's frameworks; each module needs what it is named after."""

from __future__ import annotations
