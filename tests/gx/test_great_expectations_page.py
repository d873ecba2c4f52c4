"""Great Expectations' own page: it loads only our files, shows texts as texts, or says that it cannot."""

import logging
import threading
from html.parser import HTMLParser

import numpy as np
import pytest
from great_expectations.expectations.core import ExpectColumnValuesToNotBeNull
from great_expectations.render import LegacyDiagnosticRendererType
from great_expectations.render.renderer.renderer import renderer

import gx.suites.users_source  # noqa: F401 - registers our expectations
from gx.errors import GateError, PageNotRendered
from gx.great_expectations_page import great_expectations_page
from gx.offline_view import OfflineView
from tests.gx.results import HOSTILE, IN_SET, hostile_result, outcome, suite_result
from tests.report.offline import other_hosts

ROOT = "../../../../"
VENDORED = f"{ROOT}assets/vendor/great_expectations/"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self.text = ""
        self.scripts = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts += data
        else:
            self.text += data

    def of(self, attribute: str) -> set[str]:
        """The values of an attribute."""
        return {attrs[attribute] or "" for _, attrs in self.found if attribute in attrs}


class Loud(ExpectColumnValuesToNotBeNull):
    """Its sentence cannot be made."""

    @classmethod
    @renderer(renderer_type="renderer.prescriptive")
    def _prescriptive_renderer(cls, **_: object) -> list[object]:
        raise ValueError("no words for zoe@exemple.fr")


class LoudObserved(ExpectColumnValuesToNotBeNull):
    """What it saw cannot be told."""

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(cls, **_: object) -> str:
        raise RuntimeError("cannot count")


class LoudElsewhere(ExpectColumnValuesToNotBeNull):
    """While it is rendered another thread has trouble of its own."""

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.OBSERVED_VALUE)
    def _diagnostic_observed_value_renderer(cls, **_: object) -> str:
        logger = logging.getLogger("great_expectations.render")
        other = threading.Thread(target=logger.error, args=("trouble of another page",))
        other.start()
        other.join()
        return "all of it"


def page(*outcomes, **meta) -> str:
    return great_expectations_page(suite_result(*outcomes, **meta), root=ROOT)


def test_it_says_what_great_expectations_says_of_each_expectation():
    text = Tags(
        page(
            outcome(column="email", result={"unexpected_percent": 0.0}),
            outcome(
                IN_SET,
                column="status",
                value_set=["valid"],
                success=False,
                result={"unexpected_percent": 25.0, "unexpected_count": 1, "element_count": 4},
            ),
        )
    ).text
    for said in (
        "users_ready",
        "Not every expectation is met.",
        "values must never be null",
        "100% not null",
        "25% unexpected",
        "a_run",
        "2026-11-24T00:00:00Z",
    ):
        assert said in text


def test_its_links_are_those_to_our_page_and_within_itself():
    tags = Tags(page(outcome(column="email"), success=True))
    addresses = tags.of("href") | tags.of("src")
    inside = {link for link in addresses if link.startswith(("#", "data:,", VENDORED))}
    assert addresses - inside == {"index.html", f"{ROOT}assets/great_expectations.css"}
    assert "Quality report" in tags.text


@pytest.mark.parametrize("result", [hostile_result(), suite_result(outcome(column="email"))])
def test_it_names_no_other_host_and_holds_no_script(result):
    html = great_expectations_page(result, root=ROOT)
    tags = Tags(html)
    assert other_hosts(html) == set()
    assert tags.scripts.strip() == ""
    assert {tag for tag, attrs in tags.found if tag == "script" and "src" not in attrs} == set()
    assert {name for _, attrs in tags.found for name in attrs if name.startswith("on")} == set()


@pytest.mark.parametrize("left_out", ["vega", "newsletter", "dataContextId", "walkthrough", "logo", "<img"])
def test_what_great_expectations_adds_for_itself_is_left_out(left_out):
    assert left_out not in page(outcome(column="email"))


def test_a_hostile_text_is_a_text_wherever_it_comes_from():
    text = " ".join(Tags(great_expectations_page(hostile_result(), root=ROOT)).text.split())
    for hostile in HOSTILE:
        assert hostile in text


def test_a_number_of_numpy_is_shown():
    """Great Expectations alone writes "--" and logs an error."""
    html = page(
        outcome("expect_column_max_to_be_between", column="age", result={"observed_value": np.float64(2)})
    )
    assert "--" not in Tags(html).text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("loud", "ValueError: no words for …"),
        ("loud_observed", "RuntimeError: cannot count"),
        ("expect_what_nobody_imported", "ExpectationNotFoundError: expect_what_nobody_imported not found"),
    ],
)
def test_an_expectation_that_cannot_be_shown_is_an_error_that_names_suite_and_reason(kind, said):
    with pytest.raises(PageNotRendered) as raised:
        page(outcome(column="email"), outcome(kind, column="age"))
    assert isinstance(raised.value, GateError)
    assert str(raised.value) == f"users_ready: Great Expectations cannot make its page of the result: {said}"


def test_the_trouble_of_another_thread_is_not_its_own():
    assert "all of it" in page(outcome("loud_elsewhere", column="age"))


def test_a_page_after_one_that_failed_is_complete():
    with pytest.raises(PageNotRendered):
        page(outcome("loud", column="age"))
    assert "values must never be null" in page(outcome(column="age"))
    assert not [h for h in logging.getLogger("great_expectations").handlers if type(h).__name__ == "_Errors"]


def test_the_result_is_left_as_it_was():
    result = suite_result(outcome(column="email"))
    before = result.to_json_dict()
    great_expectations_page(result, root=ROOT)
    assert result.to_json_dict() == before


def test_a_value_does_not_get_out_of_an_attribute():
    template = {
        "template": "x",
        "params": {"name": '" onclick="alert(1)'},
        "styling": {"attributes": {"title": '$name "quoted"'}},
    }
    tags = Tags(OfflineView().render_string_template(template))
    assert tags.found == [("span", {"title": '$name "quoted"'})]
