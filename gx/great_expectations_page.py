"""Great Expectations' own page of a result: complete without internet access, without a script of its own.

It goes with the pages of `report`: the same folder, their assets.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
from great_expectations.render import RenderedDocumentContent
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

from gx.errors import PageNotRendered
from gx.offline_view import OfflineView
from pipeline.messages import last_line, shown

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult

LOGGER = "great_expectations"


def great_expectations_page(result: "ExpectationSuiteValidationResult", *, root: str) -> str:
    """The page as HTML.

    result: without personal data; its texts need not be escaped. root: relative path from the page to the
    root of the site. Raises PageNotRendered when Great Expectations cannot show a part of the result, even
    where it would only log that.
    """
    with _no_error_is_silent(result.suite_name):
        content = ValidationResultsPageRenderer().render(_as_stored(result))
        _drop_header(content)
        page: str = _view().render(  # type: ignore[no-untyped-call]
            content, root=root, success=bool(result.success)
        )
    return page


def _as_stored(result: "ExpectationSuiteValidationResult") -> "ExpectationSuiteValidationResult":
    """The result as read from a file: renderers know no numbers of NumPy, and change what they get."""
    schema = expectationSuiteValidationResultSchema
    stored: ExpectationSuiteValidationResult = schema.loads(schema.dumps(result.to_json_dict()))  # type: ignore[no-untyped-call]
    return stored


@cache
def _view() -> OfflineView:
    return OfflineView()


def prepare() -> None:
    """Compile the templates: for this process, and for all that it forks."""
    environment = _view().env
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


def _drop_header(content: RenderedDocumentContent) -> None:
    """Leave out the block that links to the page of the suite: our template says what else it says."""
    overview = content.sections[0]
    overview.content_blocks = [b for b in overview.content_blocks if b.content_block_type != "header"]


@contextmanager
def _no_error_is_silent(suite: str) -> Iterator[None]:
    """Raise PageNotRendered for what is raised inside, and for the first error that is only logged."""
    heard = _Errors()
    logger = logging.getLogger(LOGGER)
    logger.addHandler(heard)
    try:
        yield
    except Exception as error:
        # What was logged came first, and is the reason.
        raise _not_rendered(suite, [*heard.errors, error][0]) from error
    finally:
        logger.removeHandler(heard)
    if heard.errors:
        raise _not_rendered(suite, heard.errors[0])


def _not_rendered(suite: str, error: BaseException | str) -> PageNotRendered:
    kind = "" if isinstance(error, str) else f"{type(error).__name__}: "
    said = shown(f"{kind}{last_line(error, otherwise='no reason given')}")
    return PageNotRendered(f"{suite}: Great Expectations cannot make its page of the result: {said}")


class _Errors(logging.Handler):
    """Keeps the errors that this thread logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[BaseException | str] = []
        self.listener = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.listener:
            # Great Expectations logs where it catches.
            self.errors.append(sys.exc_info()[1] or record.getMessage())
