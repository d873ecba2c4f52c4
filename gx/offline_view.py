"""The view of Great Expectations' own pages: our templates stand in front, and values are text, never HTML.

Its own view puts most texts into a page as they are.
"""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader, pass_context
from jinja2.bccache import Bucket

TEMPLATES = Path(__file__).parent / "templates"


class CompiledTemplates(BytecodeCache):
    """Compiled templates, in memory. Compiling them takes most of the time that a page takes."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket when its template was compiled before."""
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.codes[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


class EscapingView(DefaultJinjaPageView):
    """A page in which every text is escaped, once; a template is compiled once per process, not per page."""

    def __init__(self, **folders: str | None) -> None:
        super().__init__(**folders)
        self.env.bytecode_cache = COMPILED

    @pass_context
    def render_content_block(
        self,
        jinja_context: Any,
        content_block: Any,
        index: Any = None,
        content_block_id: Any = None,
        render_to_markdown: bool = False,
    ) -> Any:
        """A block as HTML; what is no block is a text."""
        if isinstance(content_block, list):
            content_block = [_block_or_text(each) for each in content_block]
        elif not isinstance(content_block, int | float | None):
            content_block = _block_or_text(content_block)
        return super().render_content_block(
            jinja_context, content_block, index, content_block_id, render_to_markdown
        )

    def render_string_template(self, template: Any) -> Any:
        """A sentence with values: both are texts, and so is its tooltip."""
        if not isinstance(template, dict):
            return _text(template)
        escaped = {**template, "template": _text(template.get("template", ""))}
        if "tooltip" in template:
            content = _text(template["tooltip"]["content"])
            escaped["tooltip"] = {**template["tooltip"], "content": content}
        return super().render_string_template(escaped)  # type: ignore[no-untyped-call]

    @staticmethod
    def _escape_template_param_value(value: Any) -> Any:
        return value if isinstance(value, int | float | None) else _text(value)

    def render_styling(self, styling: Mapping[str, Any]) -> str:
        """Classes, attributes and styles of a tag."""
        attributes = {"class": " ".join(styling.get("classes") or ())}
        attributes |= styling.get("attributes") or {}
        attributes["style"] = "".join(f"{k}:{v};" for k, v in (styling.get("styles") or {}).items())
        return self.attributes_dict_to_html_string(
            {name: value for name, value in attributes.items() if value}
        )

    def attributes_dict_to_html_string(self, attributes_dict: Mapping[str, Any], prefix: str = "") -> str:
        """Attributes of a tag."""
        start = f"{prefix}-" if prefix else ""
        # Without a $: values are put into what is made here, and they may hold quotes.
        escaped = {name: html.escape(str(v)).replace("$", "&#36;") for name, v in attributes_dict.items()}
        return "".join(f'{start}{name}="{value}" ' for name, value in escaped.items())


class OfflineView(EscapingView):
    """The page of a result with our templates in front: it loads nothing but files of ours."""

    def __init__(self) -> None:
        super().__init__()
        theirs = [self.env.loader] if self.env.loader else []
        self.env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), *theirs])


def _block_or_text(part: Any) -> Any:
    """The part when it is a block, otherwise its text, escaped."""
    is_block = isinstance(part, dict) and "content_block_type" in part
    return part if is_block else _text(part)


def _text(value: Any) -> str:
    """A value as text between tags."""
    return html.escape(str(value), quote=False)
