"""The views of the Data Docs: as shipped, but a template is compiled once per process, not per page."""

from great_expectations.render.view.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


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


class PageView(DefaultJinjaPageView):
    """A page of a result or of a suite."""

    def __init__(self, **folders: str | None) -> None:
        super().__init__(**folders)
        self.env.bytecode_cache = COMPILED


class IndexView(DefaultJinjaIndexPageView):
    """The index."""

    def __init__(self, **folders: str | None) -> None:
        super().__init__(**folders)
        self.env.bytecode_cache = COMPILED
