"""A message as Slack's blocks: https://docs.slack.dev/reference/block-kit/blocks."""

from collections.abc import Iterable, Iterator
from typing import Any

from alerts.alert import Alert, Link, Reason, Section
from alerts.shapes.shortened import MAX_REASONS, examples, reasons, shortened
from alerts.words import Say, words_in

Block = dict[str, Any]

MAX_BLOCKS, MAX_TEXT, MAX_HEADER, MAX_FIELD = 50, 3000, 150, 2000
"""Blocks of a message, characters of a section, of a header, of a field: Slack refuses more."""


def attachment(alert: Alert) -> dict[str, Any]:
    """An attachment, whose colour says how bad it is."""
    return {"color": alert.colour, "fallback": shortened(alert.subject, MAX_TEXT), "blocks": blocks(alert)}


def blocks(alert: Alert) -> list[Block]:
    """The blocks of a message; at most as many as Slack takes."""
    say = words_in(alert.language)
    header = {"type": "plain_text", "text": shortened(alert.title, MAX_HEADER), "emoji": False}
    about = f"{say('dag')} *{escaped(alert.dag)}* · {say('run')} `{escaped(alert.run)}`"
    first: list[Block] = [
        {"type": "header", "block_id": alert.key, "text": header},
        _context([about]),
    ]
    last = [
        *(_section([escaped(note)]) for note in alert.notes),
        *([_context([escaped(alert.counts)])] if alert.counts else []),
        _context([f"{_link(alert.run_link)} · {alert.reference}"]),
    ]
    parts = [block for section in alert.sections for block in _of_section(section, alert)]
    return [*first, *parts[: MAX_BLOCKS - len(first) - len(last)], *last][:MAX_BLOCKS]


def escaped(text: str) -> str:
    """The text without any sign that Slack reads as its own: no mention, no link, no bold.

    Slack knows no escape for its marks: an invisible sign before them keeps them from pairing.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\u200b{sign}" if sign in "*~`" else sign for sign in text)


def _of_section(section: Section, alert: Alert) -> Iterator[Block]:
    say = words_in(alert.language)
    headline = [] if section.headline == alert.title else [f"*{escaped(section.headline)}*"]
    lines = [*headline, *([escaped(section.consequence)] if section.consequence else [])]
    if lines:
        yield _section(lines)
    if section.about:
        yield _context(_link(line) for line in section.about[:MAX_REASONS])
    shown, more = reasons(section, alert.language)
    for reason in shown:
        yield _of_reason(reason, say)
        if reason.examples:
            yield _section(["```", *map(_literal, examples(reason, say)), "```"])
    if section.count or more:
        yield _context(escaped(text) for text in (section.count, more) if text)
    if section.steps:
        steps = (f"{place}. {_link(step)}" for place, step in enumerate(section.steps, 1))
        yield _section([f"*{escaped(say('next'))}*", *steps])
    links = [link for link in section.links if link.href]
    if links:
        yield {"type": "actions", "elements": [_button(link) for link in links]}


def _of_reason(reason: Reason, say: Say) -> Block:
    title = say("tells", what=escaped(reason.severity), text=f"*{escaped(reason.check)}*")
    fields = [(say("observed"), reason.observed), (say("expected"), reason.limit)]
    told = [
        {"type": "mrkdwn", "text": shortened(f"_{name}_\n{escaped(value)}", MAX_FIELD)}
        for name, value in fields
        if value
    ]
    return {**_section([title]), **({"fields": told} if told else {})}


def _literal(text: str) -> str:
    """A line between code fences: nothing in it is a mark, but it must not end the fence."""
    return shortened(escaped(text), MAX_TEXT // 12)


def _button(link: Link) -> Block:
    text = {"type": "plain_text", "text": shortened(link.text, 75), "emoji": False}
    return {"type": "button", "text": text, "url": link.href}


def _section(lines: Iterable[str]) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened("\n".join(lines), MAX_TEXT)}}


def _context(texts: Iterable[str]) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": shortened(text, MAX_FIELD)} for text in texts],
    }


def _link(link: Link) -> str:
    text = escaped(link.text).replace("|", "¦")
    return f"<{link.href}|{text}>" if link.href else text
