"""The page ``docs/api-reference.md``, made from the docstrings of the public names. ``make docs`` writes it."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import get_args

import attrs

# In the order of the page. A name that several of these export is described where it comes first.
MODULES = (
    "bank131_async",
    "bank131_async.errors",
    "bank131_async.core.models",
    "bank131_async.core.operations",
    "bank131_async.core.codec",
    "bank131_async.core.signing",
    "bank131_async.core.webhook",
    "bank131_async.core.wire",
    "bank131_async.core.redact",
    "bank131_async.core.machine",
    "bank131_async.transport",
    "bank131_async.client",
    "bank131_async.webhooks",
    "bank131_async.stores",
    "bank131_async.flow",
    "bank131_async.sandbox",
    "bank131_async.integrations.aiohttp",
    "bank131_async.integrations.asgi",
    "bank131_async.testing",
)
_STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
HEAD = """\
# API reference

Every public name, made from its docstring by `make docs`. What a name is for is told by the other pages:
[money safety](money-safety.md), [webhooks](webhooks.md), [configuration](configuration.md), [errors](errors.md).
"""


def render() -> str:
    """The whole page as text."""
    seen: set[int] = set()
    return HEAD + "".join(part for module in MODULES for part in _section(importlib.import_module(module), seen))


def public_names(module: str) -> list[tuple[str, object]]:
    """What the module's ``__all__`` lists, in its order; without one, the classes and functions made in it."""
    loaded = importlib.import_module(module)
    names: list[str] = list(getattr(loaded, "__all__", ())) or [
        name
        for name in dir(loaded)
        if not name.startswith("_") and str(getattr(getattr(loaded, name), "__module__", "")).startswith(module)
    ]
    return [(name, getattr(loaded, name)) for name in names]


def _section(module: ModuleType, seen: set[int]) -> Iterator[str]:
    yield f"\n## `{module.__name__}`\n\n{_text(module)}\n"
    known: list[str] = []
    for name, value in public_names(module.__name__):
        if id(value) in seen:
            known.append(name)
            continue
        if inspect.isclass(value) or inspect.isroutine(value):
            seen.add(id(value))
            yield f"\n### `{name}`\n\n{_signature(name, value)}{_text(value)}\n"
        else:
            yield f"\n### `{name}`\n\n```python\n{_constant(name, value)}\n```\n"
        if inspect.isclass(value):
            yield from _members(value)
    if known:
        yield "\nDescribed above: " + ", ".join(f"`{name}`" for name in known) + ".\n"


def _members(owner: type) -> Iterator[str]:
    if issubclass(owner, Enum):
        yield "\nValues: " + ", ".join(_value(member) for member in owner) + ".\n"
    lines = [
        f"- `{_call(owner, name, member)}`: {_summary(getattr(owner, name))}\n"
        for name, member in vars(owner).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, (property, classmethod, staticmethod)))
    ]
    if lines:
        yield "\n"
        yield from lines


def _value(member: Enum) -> str:
    """How a program writes it, where that is not what stands in JSON."""
    return f"`{member.value}`" if member.name == member.value else f"`{member.name}` (`{member.value}`)"


def _call(owner: type, name: str, member: object) -> str:
    if isinstance(member, property):
        return name
    function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
    assert callable(function)
    parameters = _parameters(inspect.signature(function), skip_first=not isinstance(member, staticmethod))
    prefix = "await " if inspect.iscoroutinefunction(function) else ""
    if isinstance(member, (classmethod, staticmethod)):
        prefix += f"{owner.__name__}."
    return f"{prefix}{name}({parameters})"


def _signature(name: str, value: object) -> str:
    if inspect.isclass(value) and (issubclass(value, (BaseException, Enum)) or getattr(value, "_is_protocol", False)):
        return ""
    assert callable(value)
    try:
        signature = inspect.signature(value)
    except ValueError:
        return ""
    text = f"{name}({_parameters(signature)})"
    if len(text) > 100:
        text = f"{name}(\n" + "".join(f"    {part},\n" for part in _parts(signature)) + ")"
    prefix = "await " if inspect.iscoroutinefunction(value) else ""
    return f"```python\n{prefix}{text}\n```\n\n"


def _parameters(signature: inspect.Signature, *, skip_first: bool = False) -> str:
    return ", ".join(_parts(signature)[skip_first:])


def _parts(signature: inspect.Signature) -> list[str]:
    parts: list[str] = []
    star = False
    for parameter in signature.parameters.values():
        kind = parameter.kind.name
        if kind == "KEYWORD_ONLY" and not star:
            parts.append("*")
        star = star or kind in {"VAR_POSITIONAL", "KEYWORD_ONLY"}
        parts.append(_STARS.get(kind, "") + _part(parameter))
    return parts


def _part(parameter: inspect.Parameter) -> str:
    empty = inspect.Parameter.empty
    annotation = "" if parameter.annotation is empty else f": {_type_name(parameter.annotation)}"
    default = "" if parameter.default is empty else f" = {_default(parameter.default)}"
    return f"{parameter.name}{annotation}{default}"


def _type_name(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _default(value: object) -> str:
    """As it is written where that is short and the same in every run; else three dots."""
    if isinstance(value, Enum) and value is not attrs.NOTHING:
        return str(value)
    text = repr(value).replace("'", '"')
    return "..." if re.search(r"NOTHING|<| at 0x|\\n", text) or len(text) > 60 else text


def _constant(name: str, value: object) -> str:
    text = _default(value)
    if get_args(value) and "ForwardRef" not in repr(value):  # an alias of a type
        text = re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", repr(value)).replace("'", '"')
    return name if text == "..." else f"{name} = {text}"


def _text(value: object) -> str:
    return _markdown(inspect.getdoc(value) or "")


def _summary(value: object) -> str:
    return " ".join(_markdown((inspect.getdoc(value) or "").split("\n\n")[0]).split())


def _markdown(text: str) -> str:
    """Docstrings mark code with double backquotes or roles and blocks with a double colon; Markdown does not."""
    parts = re.split(r"^(.*)::\n\n((?:(?: .*)?\n)*(?: .*)(?:\n|$))", text, flags=re.MULTILINE)
    told = [_inline(part) for part in parts]
    for index in range(2, len(parts), 3):
        told[index - 1] += ":\n\n" if told[index - 1] else ""
        told[index] = f"```text\n{textwrap.dedent(parts[index]).strip()}\n```\n"
    return "".join(told).strip()


def _inline(text: str) -> str:
    text = re.sub(r":\w+:`~?([\w.]+)`", lambda role: f"`{role[1].rpartition('.')[2]}`", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text)
    return re.sub(r"^(Args|Raises):\n((?: {4}.*\n?)+)", _named, text, flags=re.MULTILINE)


def _named(section: re.Match[str]) -> str:
    """A list of arguments or errors, each with what is said of it."""
    lines = [re.sub(r"^(\w+):", r"- `\1`:", line[4:]) for line in section[2].splitlines()]
    return f"{section[1]}:\n\n" + "\n".join(lines) + "\n"
