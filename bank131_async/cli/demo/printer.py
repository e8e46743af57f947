"""Two ways of showing a timeline: to a person, and as JSON lines."""

from __future__ import annotations

import json
from typing import TextIO

import attrs
from rich.console import Console
from rich.text import Text

from bank131_async.cli.demo.timeline import DemoStarted, Event, Moment, ScenarioEnded, ScenarioStarted, Summary

_WHO = {
    "request": ("shop → bank", "cyan"),
    "webhook": ("shop ← bank", "magenta"),
    "payer": ("payer", "blue"),
    "bank": ("bank", "yellow"),
    "step": ("flow", "bold green"),
    "refund": ("flow", "bold green"),
    "outcome": ("flow", "bold green"),
}
# For terminals that can show nothing else.
_ASCII = str.maketrans({"→": ">", "←": "<", "✓": "+", "✗": "x"})


class JsonLines:
    """One event a line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        """Print the event; what is not known is left out."""
        fields = {name: value for name, value in attrs.asdict(event).items() if value is not None}
        line = json.dumps({"event": event.event, **fields}, ensure_ascii=False)
        self._out.write(line + "\n")
        self._out.flush()


class Pages:
    """For people: in colours on a terminal, as plain text elsewhere."""

    def __init__(self, out: TextIO) -> None:
        # Soft: a line in a file is as long as it is.
        self._console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def show(self, event: Event) -> None:
        """Print the event."""
        match event:
            case DemoStarted():
                self._line(("bank131 demo", "bold"), (": a bank and a shop on this machine. No real money moves.", ""))
                self._line((f"  bank  {event.bank}   with RSA keys made a moment ago", "dim"))
                self._line((f"  shop  {event.shop}   takes the bank's webhooks", "dim"))
            case ScenarioStarted():
                number = f"{event.number}/{event.of} " if event.of > 1 else ""
                self._line(("", ""))
                self._line((f"{number}{event.title}", "bold"), (f"  {event.scenario}", "dim"))
                self._line((f"  {event.story}", "italic"))
            case Moment():
                self._moment(event)
            case ScenarioEnded():
                self._ended(event)
            case Summary():
                self._summary(event)

    def _moment(self, moment: Moment) -> None:
        who, style = _WHO[moment.event]
        what = f"webhook {moment.what}" if moment.event == "webhook" else moment.what
        took = "" if moment.took_ms is None else f"  {moment.took_ms:.0f} ms"
        told = "  ".join(filter(None, [moment.detail, moment.result and f"→ {moment.result}"]))
        self._line(
            (f"{moment.at_ms:7.0f} ms  ", "dim"),
            (f"{who:<12} ", style),
            (f"{what:<24}", "bold" if moment.event in ("step", "refund", "outcome") else ""),
            (f"  {told}" if told else "", ""),
            (took, "dim"),
        )

    def _ended(self, ended: ScenarioEnded) -> None:
        if ended.as_told:
            self._line(("  ✓ ended as its story says", "green"), (f"  {ended.took_ms:.0f} ms", "dim"))
            return
        self._line(("  ✗ did not end as its story says", "bold red"), (f"  {ended.took_ms:.0f} ms", "dim"))
        for difference in ended.differences:
            self._line((f"    {difference}", "red"))

    def _summary(self, summary: Summary) -> None:
        self._line(("", ""))
        style = "bold red" if summary.unexpected else "bold green"
        self._line((f"{summary.succeeded} of {summary.scenarios} scenarios ended as their stories say", style))

    def _line(self, *parts: tuple[str, str]) -> None:
        line = Text.assemble(*parts)
        line.rstrip()
        if not self._console.encoding.startswith("utf"):
            line.plain = line.plain.translate(_ASCII)
        self._console.print(line)
