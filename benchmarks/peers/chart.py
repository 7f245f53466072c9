"""A chart as SVG: a panel for each figure, a bar for each emulator that has it.

It brings its own background and colours: what is light in a light page is dark in a dark one, whatever the page around
it is. No font is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.peers.emulators import OURS
from benchmarks.peers.figures import ROWS, Measured, Row

_WIDTH = 920
_COLUMNS = 3
_MARGIN = 20
_PANEL = (_WIDTH - _MARGIN * (_COLUMNS + 1)) / _COLUMNS
_NAME = 72.0  # room for an emulator's name, left of its bar
_FIGURE = 52.0  # and for the figure, right of the longest bar
_BAR, _STEP, _HEAD, _GAP = 11, 15, 24, 16
_LONGEST = 6  # times the first one's figure: a bar that would be longer is cut, that the others still say something
# Throughput, latency and start-up are in the table; these are what a reader compares at a glance
_CUT = f"a cut bar is more than {_LONGEST} of {OURS}'s"
_SHOWN = tuple(row for row in ROWS if row.unit == "us" or row.title == "memory after the run")

_STYLE = """
 text { font: 11px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
 .title { font-weight: 600; font-size: 12px } .quiet { fill: #59636e }
 .page, .cut { fill: #ffffff } .ours { fill: #0969da } .peer { fill: #afb8c1 }
 @media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .quiet { fill: #9198a1 }
  .page, .cut { fill: #0d1117 } .ours { fill: #4493f8 } .peer { fill: #656c76 }
 }
"""


def chart(measured: Sequence[Measured]) -> str:
    """The whole picture. The first of `measured` is the one that is set off from the others."""
    panels = [(row, [each for each in measured if row.figure(each) is not None]) for row in _SHOWN]
    panels = [(row, having) for row, having in panels if having]
    parts = []
    top = 44.0
    for start in range(0, len(panels), _COLUMNS):
        line = panels[start : start + _COLUMNS]
        for column, (row, having) in enumerate(line):
            left = _MARGIN + column * (_PANEL + _MARGIN)
            parts += _panel(row, having, measured[0].name, left, top)
        top += _HEAD + _STEP * max(len(having) for _, having in line) + _GAP
    title = f"CPU time of a request in microseconds, of all processes; memory in MB. Less is better; {_CUT}."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top:.0f}" role="img"'
            f' aria-label="{escape(title)}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{_WIDTH}" height="{top:.0f}" rx="8"/>',
            f'<text class="quiet" x="{_MARGIN}" y="24">{escape(title)}</text>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _panel(row: Row, having: Sequence[Measured], ours: str, left: float, top: float) -> list[str]:
    figures = {each.name: row.figure(each) or 0.0 for each in having}
    longest = figures.get(ours, 0.0) * _LONGEST or max(figures.values())
    most = min(longest, max(figures.values())) or 1.0
    parts = [f'<text class="title" x="{left:.0f}" y="{top + 12:.0f}">{escape(row.title)}</text>']
    for place, each in enumerate(having):
        y = top + _HEAD + place * _STEP
        length = max(1.0, (_PANEL - _NAME - _FIGURE) * min(1.0, figures[each.name] / most))
        kind = "ours" if each.name == ours else "peer"
        parts += [
            f'<text x="{left:.0f}" y="{y + 9:.0f}">{escape(each.name)}</text>',
            f'<rect class="{kind}" x="{left + _NAME:.0f}" y="{y:.0f}" width="{length:.1f}" height="{_BAR}" rx="2"/>',
            f'<text class="quiet" x="{left + _NAME + length + 5:.1f}" y="{y + 9:.0f}">{row.text(each)}</text>',
        ]
        if figures[each.name] > most:
            cut = left + _NAME + length - 14
            parts.append(f'<path class="cut" d="M{cut:.0f} {y + _BAR + 1:.0f} l5 {-_BAR - 2} h4 l-5 {_BAR + 2} z"/>')
    return parts
