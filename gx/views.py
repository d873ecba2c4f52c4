"""The views of the Data Docs: values are text, and a template is compiled once per process, not per page."""

from great_expectations.render.view.view import DefaultJinjaIndexPageView

from gx.offline_view import COMPILED, EscapingView


class PageView(EscapingView):
    """A page of a result or of a suite."""


class IndexView(DefaultJinjaIndexPageView):
    """The index."""

    def __init__(self, **folders: str | None) -> None:
        super().__init__(**folders)
        self.env.bytecode_cache = COMPILED
