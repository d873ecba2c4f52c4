"""A message as an adaptive card, as Teams' workflows post it: https://adaptivecards.io/explorer."""

from collections.abc import Iterable, Iterator
from typing import Any

from alerts.alert import Alert, Link, Reason, Section
from alerts.shapes.shortened import MAX_REASONS, examples, reasons, shortened
from alerts.words import Say, words_in

Element = dict[str, Any]

MAX_TEXT, MAX_BYTES = 1000, 27_000
"""Characters of one text, and bytes of a card: Teams takes 28 KB."""
COLOURS = {"bad": "Attention", "warning": "Warning", "good": "Good"}
STYLES = {"bad": "attention", "warning": "warning", "good": "good"}


def card(alert: Alert) -> dict[str, Any]:
    """The message with one card; texts are runs, in which Teams reads no Markdown and no mention."""
    return {
        "type": "message",
        "summary": shortened(alert.subject, 250),
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "fallbackText": shortened(alert.subject, 250),
                    "lang": alert.language,
                    "msteams": {"width": "Full"},
                    "body": _fitting(alert),
                    "actions": [_open(link) for link in _links(alert)],
                },
            }
        ],
    }


def _fitting(alert: Alert) -> list[Element]:
    """The body; the last sections go first when it is more than Teams takes."""
    from json import dumps

    head, tail = _head(alert), _tail(alert)
    parts = [list(_of_section(section, alert)) for section in alert.sections]
    while len(parts) > 1 and len(dumps([head, parts, tail])) > MAX_BYTES:
        parts.pop()
    body = [element for part in parts for element in part]
    while body and len(dumps([head, body, tail])) > MAX_BYTES:
        body.pop()
    return [*head, *body, *tail]


def _head(alert: Alert) -> list[Element]:
    say = words_in(alert.language)
    return [
        {
            "type": "Container",
            "id": f"alert-{alert.key}",
            "style": STYLES[alert.tone],
            "bleed": True,
            "items": [
                _rich([_run(alert.title, weight="Bolder", size="Large")]),
                _rich([_run(f"{say('dag')} {alert.dag} · {say('run')} {alert.run}", size="Small")]),
            ],
        }
    ]


def _tail(alert: Alert) -> list[Element]:
    texts = [*alert.notes, *([alert.counts] if alert.counts else [])]
    return [_rich([_run(text)]) for text in texts] + [_rich([_run(alert.reference, subtle=True)])]


def _of_section(section: Section, alert: Alert) -> Iterator[Element]:
    say = words_in(alert.language)
    if section.headline != alert.title:
        yield _rich([_run(section.headline, weight="Bolder", size="Medium")], separator=True)
    if section.consequence:
        yield _rich([_run(section.consequence)])
    for line in section.about[:MAX_REASONS]:
        yield _rich([_run(line.text, href=line.href)])
    shown, more = reasons(section, alert.language)
    for reason in shown:
        yield _of_reason(reason, say)
    yield from (_rich([_run(text, subtle=True)]) for text in (section.count, more) if text)
    if section.steps:
        yield _rich([_run(say("next"), weight="Bolder")])
        for place, step in enumerate(section.steps, 1):
            yield _rich([_run(f"{place}. "), _run(step.text, href=step.href)])


def _of_reason(reason: Reason, say: Say) -> Element:
    def named(name: str) -> str:
        return say("tells", what=name, text="")

    colour = COLOURS["bad" if reason.closes else "warning"]
    items = [_rich([_run(named(reason.severity), colour=colour), _run(reason.check, weight="Bolder")])]
    for name, value in ((say("observed"), reason.observed), (say("expected"), reason.limit)):
        if value:
            items.append(_rich([_run(named(name), subtle=True), _run(value)]))
    items += [_rich([_run(text, mono=True)]) for text in examples(reason, say)]
    return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": items}


def _links(alert: Alert) -> list[Link]:
    """At most six, which is what Teams shows."""
    found = [link for section in alert.sections for link in section.links]
    return [link for link in (*found[:5], alert.run_link) if link.href]


def _open(link: Link) -> Element:
    return {"type": "Action.OpenUrl", "title": shortened(link.text, 60), "url": link.href}


def _rich(inlines: Iterable[Element], **more: Any) -> Element:
    return {"type": "RichTextBlock", "inlines": list(inlines), "spacing": "Small", **more}


def _run(
    text: str,
    *,
    weight: str = "Default",
    size: str = "Default",
    colour: str = "Default",
    href: str = "",
    subtle: bool = False,
    mono: bool = False,
) -> Element:
    run: Element = {"type": "TextRun", "text": shortened(text, MAX_TEXT)}
    styles = {"weight": weight, "size": size, "color": colour}
    run |= {name: value for name, value in styles.items() if value != "Default"}
    if href:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": href}
    if subtle:
        run["isSubtle"] = True
    return run | ({"fontType": "Monospace"} if mono else {})
