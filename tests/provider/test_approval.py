"""A closed gate asks a person, and goes by the answer: all that needs no running Airflow."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import great_expectations.expectations.core as gxe
import pandas as pd
import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskAwaitingInput
from airflow.sdk.execution_time.context import set_current_context
from sqlalchemy import Engine, text

from gx.severity import critical
from gx.suite import Suite
from provider.alerts.notify import notify
from provider.gate import REPORT_KEY, QualityGateOperator
from provider.steps import ERROR_KEY
from report.gate_report import GateReport
from tests.provider.smtp import Mailbox, connection, mail_server
from tests.provider.test_gate import connection_to
from tests.stack import free_port

RUN = "manual__1"
APPROVED = {"chosen_options": ["Approve"], "params_input": {"reason": "Paper orders, by post"}}


def orders(*, bound: float = 0.5) -> Suite:
    """Every order needs a customer; down to a share of them a person may let it pass."""

    def build(_: Mapping[str, object], __: Mapping[str, float]) -> list[Any]:
        return [
            critical(
                gxe.ExpectColumnValuesToNotBeNull,
                "Every order has a customer",
                key="customers",
                threshold="each",
                words={"label": "with a customer"},
                column="customer",
                approvable_down_to=bound,
            )
        ]

    return Suite(name="orders", build=build, key=("id",))


class Task:
    """A gate as Airflow runs it: what it left, what it asked, whether it waits."""

    def __init__(self, batch: Path, suite: Suite, *, approval: str) -> None:
        self.left: dict[str, Any] = {}
        self.state = "running"
        self.asked: list[dict[str, Any]] = []
        self.operator = QualityGateOperator(
            task_id="check_orders",
            suite=suite,
            batch={"gate": {"batch": str(batch), "facts": {}}, "rows": 3},
            approval=approval,
            dag=DAG("orders_daily"),
        )

    def run(self) -> Any:
        return self._run(self.operator.execute)

    def answer(self, waiting: TaskAwaitingInput, event: Mapping[str, Any]) -> Any:
        """Let Airflow bring an answer."""
        came = {"responded_at": datetime.now(UTC), "responded_by_user": {"id": "7", "name": "ada"}}
        full = dict(event) if "error" in event else {**came, **event}
        assert waiting.kwargs is not None
        json.dumps(waiting.kwargs)
        return self._run(
            lambda context: getattr(self.operator, waiting.method_name)(
                context, event=full, **(waiting.kwargs or {})
            )
        )

    def tell(self) -> None:
        """What the task at the end of the run does."""
        self._run(lambda _: notify())

    @property
    def report(self) -> GateReport:
        return GateReport.from_dict(self.left[REPORT_KEY])

    def _run(self, execute: Callable[[Any], Any]) -> Any:
        context: Any = {"ti": self._instance(), "dag": self.operator.dag, "run_id": RUN}
        with set_current_context(context):
            return execute(context)

    def _instance(self) -> SimpleNamespace:
        return SimpleNamespace(
            id="0192",
            xcom_push=self.left.__setitem__,
            xcom_pull=lambda *, task_ids, key: self.left.get(key),
            get_task_states=lambda **_: {RUN: {"check_orders": self.state}},
        )


NewTask = Callable[..., Task]


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    port = free_port()
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(port))
    with mail_server(port) as mailbox:
        yield mailbox


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Three orders, two of them with a customer."""
    file = tmp_path / "orders.parquet"
    pd.DataFrame({"id": [1, 2, 3], "customer": ["a", None, "c"]}).to_parquet(file)
    return file


@pytest.fixture
def new_task(
    tmp_path: Path, batch: Path, engine: Engine, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> NewTask:
    monkeypatch.setenv("QUALITY_PATH", str(tmp_path / "quality"))
    monkeypatch.setenv("AIRFLOW_CONN_POSTGRES_DEFAULT", connection_to(engine))

    def new(*, bound: float = 0.5, approval: str = "on") -> Task:
        task = Task(batch, orders(bound=bound), approval=approval)
        # Airflow's server is not there; the tests of the stack ask it.
        ask = "airflow.sdk.execution_time.hitl.upsert_hitl_detail"
        monkeypatch.setattr(ask, lambda **asked: task.asked.append(asked))
        return task

    return new


def waiting(task: Task) -> TaskAwaitingInput:
    with pytest.raises(TaskAwaitingInput) as parked:
        task.run()
    return parked.value


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]).split(" · ")[0] for mail in mailbox.received]


def test_within_its_bound_the_gate_asks_and_says_so_at_once(new_task: NewTask, mailbox: Mailbox):
    task = new_task()
    parked = waiting(task)
    assert timedelta(hours=11.9) < parked.timeout <= timedelta(hours=12)
    [asked] = task.asked
    assert asked["options"] == ["Approve", "Reject"]
    assert asked["subject"] == "orders is closed. Let the run go on?"
    assert "Every order has a customer: **66.7 % with a customer (2 of 3 rows)**" in asked["body"]
    assert "(may be approved down to 50 %)" in asked["body"]
    assert asked["params"]["reason"]["schema"]["minLength"] == 1
    assert subjects(mailbox) == ["[waiting] orders"]
    text_body = mailbox.received[0].get_body(("plain",))
    assert text_body is not None
    told = text_body.get_content()
    assert "The run waits for a decision" in told
    assert f"/dags/orders_daily/runs/{RUN}/tasks/check_orders/required_actions" in told
    assert task.report.waits


@pytest.mark.parametrize(
    ("bound", "approval", "setting"),
    [(0.7, "on", "on"), (0.5, "off", "on"), (0.5, "setting", "off"), (0.5, "", None)],
    ids=["beyond the bound", "off for this run", "off by the setting", "off by default"],
)
def test_otherwise_it_closes_at_once(
    new_task: NewTask,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    bound: float,
    approval: str,
    setting: str | None,
):
    if setting:
        monkeypatch.setenv("QUALITY_APPROVAL", setting)
    task = new_task(bound=bound, approval=approval)
    with pytest.raises(AirflowFailException, match="orders closed: 1 of 1 expectations failed"):
        task.run()
    assert (task.asked, mailbox.received, task.report.approval) == ([], [], None)


def test_the_setting_turns_it_on_and_says_how_long(new_task: NewTask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QUALITY_APPROVAL", "on")
    monkeypatch.setenv("QUALITY_APPROVAL_HOURS", "0.5")
    parked = waiting(new_task(approval="setting"))
    assert timedelta(minutes=29) < parked.timeout <= timedelta(minutes=30)


def test_approved_it_hands_on_the_checksum_of_what_was_approved(new_task: NewTask, engine: Engine):
    task = new_task()
    handover = task.answer(waiting(task), APPROVED)
    assert handover["rows"] == 3
    assert handover["gate"]["approved"] == task.report.approval.evidence.batch  # type: ignore[union-attr]
    assert (task.report.passed, task.report.approved) == (True, True)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT success, approval->>'state', approval->>'by', approval->>'reason' FROM quality_runs")
        ).all()
    assert rows == [(True, "approved", "ada", "Paper orders, by post")]


def test_refused_it_is_closed_and_says_who_refused(new_task: NewTask):
    task = new_task()
    refusal = {"chosen_options": ["Reject"], "params_input": {"reason": "Ask ada@x.fr"}}
    with pytest.raises(AirflowFailException, match=r"orders closed: .*\. Refused by ada: Ask …\."):
        task.answer(waiting(task), refusal)
    assert task.left[ERROR_KEY].endswith("Refused by ada: Ask ….")
    assert (task.report.passed, task.report.approval.state) == (False, "refused")  # type: ignore[union-attr]


def test_unanswered_it_is_closed_and_says_so(new_task: NewTask):
    task = new_task()
    with pytest.raises(AirflowFailException, match=r"orders closed: .*Nobody answered until "):
        task.answer(waiting(task), {"error": "The response timeout has passed.", "error_type": "timeout"})
    assert task.report.approval.state == "unanswered"  # type: ignore[union-attr]


@pytest.mark.parametrize("params", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}])
def test_an_approval_without_a_reason_is_none_and_the_run_waits_on(
    new_task: NewTask, mailbox: Mailbox, params: dict[str, Any]
):
    task = new_task()
    first = waiting(task)
    with pytest.raises(TaskAwaitingInput) as again:
        task.answer(first, {**APPROVED, "params_input": params})
    assert again.value.kwargs == first.kwargs
    assert len(task.asked) == 2
    assert subjects(mailbox) == ["[waiting] orders"]
    assert task.answer(again.value, APPROVED)["rows"] == 3


def test_one_row_that_changed_before_the_answer_keeps_the_gate_closed(new_task: NewTask, batch: Path):
    task = new_task()
    parked = waiting(task)
    pd.DataFrame({"id": [1, 2, 4], "customer": ["a", None, "c"]}).to_parquet(batch)
    with pytest.raises(AirflowFailException, match=r"Approved by ada, but batch or verdict had changed"):
        task.answer(parked, APPROVED)
    assert task.report.approval.state == "outdated"  # type: ignore[union-attr]


def test_a_batch_that_is_gone_or_another_verdict_keeps_it_closed(
    new_task: NewTask, batch: Path, engine: Engine
):
    task = new_task()
    parked = waiting(task)
    batch.rename(batch.with_name("elsewhere"))
    with pytest.raises(AirflowFailException, match="batch or verdict had changed"):
        task.answer(parked, APPROVED)
    batch.with_name("elsewhere").rename(batch)
    with engine.begin() as connection:
        connection.execute(text("UPDATE quality_runs SET rows = 4"))
    with pytest.raises(AirflowFailException, match="batch or verdict had changed"):
        task.answer(parked, APPROVED)


def test_nobody_waits_when_nobody_could_be_told(new_task: NewTask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", connection(free_port()))
    task = new_task()
    with pytest.raises(AirflowException, match="mail server") as raised:
        task.run()
    assert not isinstance(raised.value, AirflowFailException)
    assert task.asked == []


def test_the_end_of_a_task_that_waited_is_told_whoever_ended_it(new_task: NewTask, mailbox: Mailbox):
    task = new_task()
    waiting(task)
    task.state = "failed"
    task.tell()
    assert subjects(mailbox) == ["[waiting] orders", "[closed] orders"]
    assert "Nobody answered" in str(mailbox.received[1].get_body(("plain",)))


def test_a_table_is_no_evidence(engine: Engine, new_task: NewTask, capsys: pytest.CaptureFixture[str]):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders AS SELECT 1 AS id, 'a' AS customer"))
        connection.execute(text("INSERT INTO orders VALUES (2, NULL)"))
    task = new_task()
    task.operator.batch = "table:orders"
    with pytest.raises(AirflowFailException, match="orders closed"):
        task.run()
    assert "Nobody is asked: table:orders may change while the run waits" in capsys.readouterr().out
