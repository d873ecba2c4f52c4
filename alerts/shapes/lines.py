"""A message as lines: Markdown where it is shown, plain text where nothing else is."""

import re
from collections.abc import Callable, Iterator

from alerts.alert import Alert, Link, Reason, Section
from alerts.shapes.shortened import MAX_REASONS, examples, reasons, shortened
from alerts.words import Say, words_in

MARKS = re.compile(r"([\\`*_{}\[\]()<>#|~])")


def markdown(alert: Alert, *, length: int) -> str:
    """The message in Markdown, without its title; at most so many characters."""
    return _written(alert, _Markdown(), length)


def plain(alert: Alert, *, length: int) -> str:
    """The message as plain text, without its title; at most so many characters."""
    return _written(alert, _Plain(), length)


def escaped(text: str) -> str:
    """The text in which nothing is a mark of Markdown, nor calls anybody by an @."""
    return MARKS.sub(r"\\\1", text).replace("@", "@\u200b")


class _Plain:
    """How a part is written where nothing but text is shown."""

    text: Callable[[str], str] = staticmethod(str)

    def bold(self, text: str) -> str:
        return text

    def item(self, text: str) -> str:
        return f"- {text}"

    def literal(self, text: str) -> str:
        return f"    {text}"

    def link(self, link: Link) -> str:
        return f"{link.text} {link.href}".strip()


class _Markdown(_Plain):
    """How a part is written in Markdown."""

    text = staticmethod(escaped)

    def bold(self, text: str) -> str:
        return f"**{escaped(text)}**"

    def literal(self, text: str) -> str:
        # In a span of code nothing is a mark but its own end.
        harmless = text.replace("`", "´").replace("@", "@\u200b")
        return f"  - `{harmless}`"

    def link(self, link: Link) -> str:
        return f"[{escaped(link.text)}]({link.href})" if link.href else escaped(link.text)


def _written(alert: Alert, hand: _Plain, length: int) -> str:
    """What fits; the links to the run and the reference are always there."""
    say = words_in(alert.language)
    last = f"\n\n{hand.link(alert.run_link)}\n{alert.reference}"
    about = hand.text(f"{say('dag')} {alert.dag}, {say('run')} {alert.run}")
    lines = [about]
    for section in alert.sections:
        lines += ["", *_of_section(section, alert, hand, say)]
    if alert.counts:
        lines += ["", hand.text(alert.counts)]
    lines += [line for note in alert.notes for line in ("", hand.text(note))]
    return shortened("\n".join(lines), length - len(last)) + last


def _of_section(section: Section, alert: Alert, hand: _Plain, say: Say) -> Iterator[str]:
    if section.headline != alert.title:
        yield hand.bold(section.headline)
    if section.consequence:
        yield hand.text(section.consequence)
    yield from (hand.link(line) for line in section.about[:MAX_REASONS])
    shown, more = reasons(section, alert.language)
    for reason in shown:
        yield from _of_reason(reason, hand, say)
    yield from (hand.text(text) for text in (section.count, more) if text)
    if section.steps:
        yield hand.bold(say("next"))
        yield from (f"{place}. {hand.link(step)}" for place, step in enumerate(section.steps, 1))
    yield from (hand.link(link) for link in section.links if link.href)


def _of_reason(reason: Reason, hand: _Plain, say: Say) -> Iterator[str]:
    told = say("tells", what=reason.severity, text=reason.check)
    yield hand.item(hand.text(told))
    for name, value in (("observed", reason.observed), ("expected", reason.limit)):
        if value:
            yield f"  {hand.text(say('tells', what=say(name), text=value))}"
    yield from (hand.literal(example) for example in examples(reason, say))
