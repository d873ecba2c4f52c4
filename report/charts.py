"""Charts as SVG that a stylesheet colours: no script, no inline style, and words for whoever cannot see them.

Numbers that a chart cannot show exactly stand beside it: a line chart carries its table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from report.gate_report import Measure
from report.said import Language
from report.words import word

Value = float | None
"""A value of a series; None where a run measured nothing."""

WIDTH, HEIGHT, PADDING = 120, 32, 3
WIDE, HIGH = 600, 160
SPARE = 0.08
"""Share of a chart's height that stays free above and below what it shows."""
BEYOND = 1.25
"""How far a bar without a natural end reaches, of the largest number that it shows."""


@dataclass(frozen=True)
class Scale:
    """Where a value lies on an axis. first, last: the values at its ends; length: of the axis."""

    first: float
    last: float
    length: float

    def at(self, value: float) -> float:
        """The place of a value, to a tenth; beyond the ends it is the end."""
        share = (value - self.first) / (self.last - self.first)
        return round(min(max(share, 0.0), 1.0) * self.length, 1)


@dataclass(frozen=True)
class Series:
    """A line of a chart: what it is called, and a value a run, the oldest first."""

    name: str
    values: Sequence[Value]


def sparkline(values: Sequence[Value], *, title: str, low: Value = None, high: Value = None) -> Markup:
    """A small line of the last values, the oldest first, with its limits; the last value is a dot."""
    drawn = _spark(tuple(values), low, high)
    if not drawn:
        return drawn
    return Markup('<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, drawn
    )


@lru_cache(maxsize=64)  # both languages draw the same line, and so do all checks that never fail
def _spark(values: tuple[Value, ...], low: Value, high: Value) -> Markup:
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    if set(known) <= set(_present(low, high)):
        # Always exactly at its limit, as where nothing at all may fail: there is nothing on either side.
        low = high = None
    scale = _upright([*known, *_present(low, high)], HEIGHT - 2 * PADDING)
    across = Scale(0, max(len(values) - 1, 1), WIDTH - 2 * PADDING)
    points = [(across.at(place), scale.at(value)) for place, value in _placed(values)]
    return Markup('<g transform="translate({0} {0})">{1}{2}{3}</g>').format(
        PADDING, _limits(scale, low, high, WIDTH - 2 * PADDING, PADDING), _line(points), _dot(points[-1])
    )


def bar(measure: Measure, *, title: str, state: str) -> Markup:
    """The measure against its limits: a filled bar, what is not allowed shaded, a tick at each limit.

    Where nothing is allowed nothing is shaded: all of an empty bar would be.

    state: the class that colours the bar: `open`, `warning` or `closed`.
    """
    if measure.unit == "share" and measure.high == 0:
        # Where nothing may fail the bar shows what did not.
        measure = Measure(1 - measure.value, low=1.0)
    scale = _along(measure)
    filled = scale.at(measure.value)
    shaded = Markup("")
    if measure.low is not None:
        shaded += Markup('<rect class="beyond" width="{}" height="8"/>').format(scale.at(measure.low))
    if measure.high:
        place = scale.at(measure.high)
        shaded += Markup('<rect class="beyond" x="{}" width="{}" height="8"/>').format(
            place, round(scale.length - place, 1)
        )
    ticks = Markup("").join(
        Markup('<path class="tick" d="M{} -3v14"/>').format(min(max(scale.at(limit), 1), scale.length - 1))
        for limit in _present(measure.low, measure.high)
    )
    return Markup(
        '<svg class="bar {}" viewBox="0 -3 200 14" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="track" width="200" height="8"/>{}<rect class="value" width="{}" height="8"/>{}</svg>'
    ).format(state, title, shaded, filled, ticks)


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    labels: Sequence[str],
    form: Callable[[float], str],
    language: Language,
    low: Value = None,
    high: Value = None,
    usual: Value = None,
    from_zero: bool = False,
) -> Markup:
    """Lines over time with their limits, a legend, and the same numbers as a table that unfolds.

    labels: when each value was measured, in words. form: writes a value. usual: what the values are compared
    with, as a line. from_zero: the chart begins at 0, so that small differences look small.
    """
    known = [value for each in series for value in each.values if value is not None]
    if not known:
        return Markup("")
    shown = [*known, *_present(low, high, usual), *([0.0] if from_zero else [])]
    scale = _upright(shown, HIGH)
    across = Scale(0, max(len(labels) - 1, 1), WIDE)
    lines = Markup("").join(
        Markup('<g class="s{}">{}</g>').format(number, _drawn(each, across, scale))
        for number, each in enumerate(series, start=1)
    )
    reference = Markup("")
    if usual is not None:
        reference = Markup('<path class="usual" d="M0 {:g}h{}"/>').format(scale.at(usual), WIDE)
    svg = Markup(
        '<svg class="lines" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        "{}{}{}</svg>"
    ).format(WIDE, HIGH, title, _limits(scale, low, high, WIDE), reference, lines)
    ends = Markup('<div class="ends"><span>{}</span><span>{}</span></div>').format(labels[0], labels[-1])
    return Markup('<figure class="chart"><figcaption>{}{}</figcaption>{}{}{}{}</figure>').format(
        Markup("<strong>{}</strong>").format(title),
        _legend(series, _present(low, high), usual, form, language),
        _heights(series, known, form, language),
        svg,
        ends,
        _table(series, labels, form, language),
    )


def _heights(
    series: Sequence[Series], known: Sequence[float], form: Callable[[float], str], language: Language
) -> Markup:
    """The last value of an only line, and between what the values lie."""
    least, most = form(min(known)), form(max(known))
    between = "" if least == most else word("from_to", language, least=least, most=most)
    last = series[0].values[-1] if len(series) == 1 else None
    told = Markup("<strong>{}</strong>").format(form(last)) if last is not None else Markup("<span></span>")
    return Markup('<div class="heights">{}<span>{}</span></div>').format(told, between)


def _legend(
    series: Sequence[Series],
    limits: Sequence[float],
    usual: Value,
    form: Callable[[float], str],
    language: Language,
) -> Markup:
    names = [
        Markup('<li class="s{}">{}</li>').format(number, each.name)
        for number, each in enumerate(series, start=1)
        if len(series) > 1
    ]
    names += [
        Markup('<li class="limit">{}</li>').format(word("limit_of", language, limit=form(limit)))
        for limit in limits
    ]
    if usual is not None:
        names.append(
            Markup('<li class="usual">{}</li>').format(word("usual_of", language, usual=form(usual)))
        )
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(names)) if names else Markup("")


def _table(
    series: Sequence[Series], labels: Sequence[str], form: Callable[[float], str], language: Language
) -> Markup:
    """The newest first."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(each.name) for each in series)
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            labels[place],
            Markup("").join(
                Markup("<td>{}</td>").format(_written(each.values[place], form)) for each in series
            ),
        )
        for place in reversed(range(len(labels)))
    )
    return Markup(
        '<details class="data"><summary>{}</summary><div class="scroll" tabindex="0"><table>'
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table></div></details>'
    ).format(word("as_table", language), word("when", language), head, rows)


def _written(value: Value, form: Callable[[float], str]) -> str:
    return "–" if value is None else form(value)


def _drawn(series: Series, across: Scale, scale: Scale) -> Markup:
    points = [(across.at(place), scale.at(value)) for place, value in _placed(series.values)]
    return _line(points) + _dot(points[-1]) if points else Markup("")


def _placed(values: Sequence[Value]) -> list[tuple[int, float]]:
    return [(place, value) for place, value in enumerate(values) if value is not None]


def _present(*limits: Value) -> list[float]:
    return [limit for limit in limits if limit is not None]


def _upright(shown: Sequence[float], height: float) -> Scale:
    """The scale of a chart's height, upside down as SVG counts; it shows all values and some more."""
    least, most = min(shown), max(shown)
    spare = (most - least) * SPARE or abs(most) * SPARE or 1.0
    return Scale(most + spare, least - spare, height)


def _along(measure: Measure) -> Scale:
    """The scale of a bar: a share that must be high goes to 1; all else just beyond what it shows."""
    if measure.unit == "share" and measure.low is not None:
        return Scale(0.0, 1.0, 200)
    most = max([measure.value, *_present(measure.low, measure.high)])
    return Scale(0.0, most * BEYOND if most > 0 else 1.0, 200)


def _line(points: Sequence[tuple[float, float]]) -> Markup:
    steps = " ".join(f"{x:g} {y:g}" for x, y in _bends(points))
    return Markup('<path class="line" d="M{}"/>').format(steps)


def _bends(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those in the middle of a level line."""
    inner = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if not before[1] == point[1] == after[1]
    ]
    return [*points[:1], *inner, *points[1:][-1:]]


def _dot(point: tuple[float, float]) -> Markup:
    """A round end of a stroke: a circle would be stretched with the chart."""
    return Markup('<path class="dot" d="M{:g} {:g}h0"/>').format(*point)


def _limits(scale: Scale, low: Value, high: Value, width: float, margin: float = 0) -> Markup:
    """What is not allowed, shaded, and the line where it begins."""
    drawn = Markup("")
    if high is not None:
        place = scale.at(high)
        drawn += _shaded(-margin, place + margin, width, place, margin)
    if low is not None:
        place = scale.at(low)
        drawn += _shaded(place, scale.length + margin - place, width, place, margin)
    return drawn


def _shaded(top: float, height: float, width: float, line: float, margin: float) -> Markup:
    return Markup(
        '<rect class="beyond" x="{0:g}" y="{1:g}" width="{2:g}" height="{3:g}"/>'
        '<path class="limit" d="M{0:g} {4:g}h{2:g}"/>'
    ).format(-margin, top, width + 2 * margin, height, line)
