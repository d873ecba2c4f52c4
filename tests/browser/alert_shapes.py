"""Slack's blocks and Teams' cards as plain HTML, near enough to what their programs show to be looked at."""

import re
from html import escape
from typing import Any

STYLE = """
body { margin: 0; padding: 20px; background: #fff; color: #1d1c1d;
  font: 15px/1.45 Lato, "Segoe UI", Inter, sans-serif }
a { color: #1264a3 } code { color: #c01343 }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 4px; padding: 4px 12px;
  margin: 4px 8px 4px 0; font-weight: 600; font-size: 13.5px }
.slack { border-left: 4px solid var(--tone); padding: 2px 0 2px 14px; max-width: 660px }
.slack h1 { font-size: 18px; margin: 6px 0 } .slack .section { margin: 8px 0 }
.slack .context { color: #616061; font-size: 12.5px; margin: 6px 0 }
.slack .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px }
.slack pre { background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; font-size: 12px;
  white-space: pre-wrap; margin: 4px 0 }
.teams { max-width: 640px; border: 1px solid #e1e1e1; border-radius: 6px; padding: 14px 16px }
.teams .attention, .teams .warning, .teams .good { margin: -14px -16px 8px; padding: 12px 16px }
.teams .attention { background: #fde7e9 } .teams .warning { background: #fff4ce }
.teams .good { background: #dff6dd } .teams p { margin: 3px 0 }
.teams .emphasis { background: #f3f2f1; padding: 6px 12px; margin: 6px 0 }
"""
LINK = re.compile(r"<(https?://[^|>]+)\|([^>]+)>")
WEIGHTS = {
    "Bolder": "font-weight:600",
    "Large": "font-size:20px",
    "Medium": "font-size:17px",
    "Small": "font-size:12px",
}
COLOURS = {"Attention": "color:#a4262c", "Warning": "color:#835b00", "Good": "color:#107c10"}


def slack_html(attachment: dict[str, Any]) -> str:
    """An attachment of a Slack message."""
    parts = "".join(_block(block) for block in attachment["blocks"])
    return _page(f'<div class="slack" style="--tone:{attachment["color"]}">{parts}</div>')


def teams_html(message: dict[str, Any]) -> str:
    """The card of a Teams message."""
    card = message["attachments"][0]["content"]
    parts = "".join(_element(element) for element in card["body"])
    buttons = "".join(f'<span class="button">{escape(action["title"])}</span>' for action in card["actions"])
    return _page(f'<div class="teams">{parts}<div style="margin-top:10px">{buttons}</div></div>')


def _page(content: str) -> str:
    return f'<!DOCTYPE html><meta charset="utf-8"><style>{STYLE}</style>{content}'


def _block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{escape(block['text']['text'])}</h1>"
        case "context":
            texts = "<br>".join(_mrkdwn(each["text"]) for each in block["elements"])
            return f'<div class="context">{texts}</div>'
        case "section":
            fields = "".join(f"<div>{_mrkdwn(each['text'])}</div>" for each in block.get("fields", ()))
            told = f'<div class="fields">{fields}</div>' if fields else ""
            return f'<div class="section">{_mrkdwn(block["text"]["text"])}{told}</div>'
        case "actions":
            return "".join(
                f'<span class="button">{escape(b["text"]["text"])}</span>' for b in block["elements"]
            )
    raise ValueError(block["type"])


def _mrkdwn(text: str) -> str:
    """Slack's own marks: the entities in a text are already HTML's."""
    if text.startswith("```"):
        return f"<pre>{text.strip('`').strip()}</pre>"
    text = LINK.sub(r'<a href="\1">\2</a>', text)
    for mark, tag in (("*", "b"), ("_", "i"), ("`", "code")):
        sign = re.escape(mark)
        text = re.sub(
            rf"(?<![\w\u200b]){sign}(?=\S)(.+?)(?<![\u200b\s]){sign}(?!\w)", rf"<{tag}>\1</{tag}>", text
        )
    return text.replace("\n", "<br>")


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "Container":
        return f'<div class="{element["style"]}">{"".join(map(_element, element["items"]))}</div>'
    return f"<p>{''.join(map(_run, element['inlines']))}</p>"


def _run(run: dict[str, Any]) -> str:
    styles = [WEIGHTS[run[name]] for name in ("weight", "size") if name in run]
    styles += [COLOURS[run["color"]]] if "color" in run else []
    styles += ["color:#605e5c"] if run.get("isSubtle") else []
    styles += ["font-family:monospace;font-size:13px"] if run.get("fontType") else []
    text = f'<span style="{";".join(styles)}">{escape(run["text"])}</span>'
    action = run.get("selectAction")
    return f'<a href="{escape(action["url"])}">{text}</a>' if action else text
