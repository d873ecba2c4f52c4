"""On a real stack with its monitoring, after real runs: everything that is drawn or watched has figures.

`make test-scale`: a stack of its own, whose alerts would mail between the mails that other tests count.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.monitoring import service
from local.sample import served as courses
from local.sample.users import write_workbook
from local.show.runs import COURSES, USERS, Flow, Run, begin_run, follow, wait_for_dag
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from metrics.boards import BOARDS
from metrics.rules import RULES
from tests.metrics.watching import answered
from tests.stack import free_ports, new_stack

pytestmark = [pytest.mark.stack, pytest.mark.scale]

EXPRESSIONS = [
    pytest.param(expression, id=f"{board.name}: {panel.title}: {legend}")
    for board in BOARDS
    for row in board.rows
    for panel in row
    for expression, legend in panel.queries
] + [pytest.param(rule.value, id=f"alert: {rule.name}") for rule in RULES]


@dataclass(frozen=True)
class Ran:
    """A stack on which both flows have run once and well."""

    stack: Stack
    users: Run
    courses: Run


@pytest.fixture(scope="module")
def ran() -> Iterator[Ran]:
    """The stack, and what ran on it."""
    with new_stack(monitoring=True, monitoring_port=free_ports(5), monitoring_seconds=2) as stack:
        stack.start()
        write_workbook(stack.settings.workbooks_path, rows=500)
        assert courses.load_sample(stack.settings, 500, migrated=True)
        yield Ran(stack, run(stack, USERS), run(stack, COURSES))


def run(stack: Stack, flow: Flow) -> Run:
    """One run of a flow, to its end."""
    wait_for_dag(stack.api, seconds=120, flow=flow)
    begun = begin_run(stack.api, {}, flow=flow)
    return follow(stack.api, begun, seconds=400, show=lambda _: None, flow=flow)


def test_both_flows_have_run(ran: Ran):
    assert (ran.users.state, ran.courses.state) == ("success", "success")


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_returns_a_series(expression: str, ran: Ran):
    # Some are the difference of two looks.
    settings = ran.stack.settings
    assert wait_until(lambda: bool(answered(settings, expression)), seconds=30, every=1), expression


def test_labels_are_names_of_dags_gates_and_tasks_and_never_of_runs(ran: Ran):
    found = answered(ran.stack.settings, '{__name__=~"inlearning_.*|airflow_.*"}')
    values = {value for each in found for value in each["metric"].values()}
    assert len(found) > 100
    assert not [value for value in values if "__20" in value or "@" in value or "/" in value]


def test_with_both_exporters_away_a_run_ends_as_well_and_no_task_waits(ran: Ran):
    names = ("metrics", "statsd-exporter")
    assert service.variables(ran.stack.settings)["AIRFLOW__METRICS__STATSD_ON"] == "True"
    ran.stack.supervisor.stop(*names)
    try:
        again = run(ran.stack, USERS)
    finally:
        ran.stack.supervisor.start(*names)
    assert again.state == "success"
    assert again.task_seconds < 1.5 * ran.users.task_seconds + 5
