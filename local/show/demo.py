"""`make demo-failure` and `make demo-loss`: data that must not pass, and what the pipeline does with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg2.errors
from psycopg2 import sql

from local.errors import LocalStackError
from local.sample import served as courses
from local.settings import StackSettings
from local.show.mail import Mail, read_mails
from local.show.runs import COURSES, USERS, Flow, GateResult, Run, begin_run, follow, gate_result
from local.stack import postgres
from local.stack.environment import USERS_DATABASE
from local.stack.stack import Stack
from local.stack.waiting import wait_until
from pipeline import private

Show = Callable[[Run], None]

INVALID_SHARE = 0.30
ROWS = 1_000

LOST_SHARE = 0.02
COPIED_PER_SECOND = 2_000
"""Slow enough for somebody to delete documents meanwhile."""
COPY_STARTS_SECONDS = 120


@dataclass(frozen=True)
class DemoOutcome:
    """What became of the bad data.

    published: the table or the served name that people read; before, after: what it was and what it is, None
    when there is none. known: since when an incident of its DAG was open already; only what is new is mailed.
    """

    run: Run
    gate: GateResult
    published: str
    before: str | None
    after: str | None
    mails: tuple[Mail, ...]
    known: datetime | None = None

    @property
    def as_expected(self) -> bool:
        """The gate closed, what people read is as it was, and one mail says so if it is new."""
        closed = self.gate.report is not None and not self.gate.report.passed
        told = len(self.mails) == 1 or (self.known is not None and not self.mails)
        return self.run.state == "failed" and closed and self.before == self.after and told


def run_demo(stack: Stack, show: Show) -> DemoOutcome:
    """Send a workbook with 30 % invalid rows through the pipeline of a running stack."""
    from local.sample.users import Defects, write_workbook

    settings = stack.settings
    workbook = settings.root / "demo" / "too-many-invalid-rows.xlsx"
    private.make_folder(workbook.parent)
    write_workbook(workbook, rows=ROWS, seed=2, defects=Defects.rejecting(INVALID_SHARE))
    before, mails_before = checksum(settings), len(read_mails(settings.mail_folder))
    known = open_since(settings, USERS)
    run_id = begin_run(stack.api, {"workbook": str(workbook)})
    run = follow(stack.api, run_id, seconds=settings.run_timeout, show=show)
    gate = gate_result(stack.api, run_id, "check_users_ready", flow=USERS)
    mails = new_mails(settings, mails_before)
    return DemoOutcome(run, gate, "users", before, checksum(settings), mails, known)


def run_loss_demo(stack: Stack, show: Show) -> DemoOutcome:
    """Delete 2 % of the documents behind the back of a slow copy; the served courses must be there already.

    Raises LocalStackError when the copy does not start or ends before anything could be deleted.
    """
    settings = stack.settings
    before, mails_before = courses.served_state(settings), len(read_mails(settings.mail_folder))
    known = open_since(settings, COURSES)
    run_id = begin_run(stack.api, {"requests_per_second": COPIED_PER_SECOND}, flow=COURSES)
    lose_documents(settings, COURSES, run_id)
    run = follow(stack.api, run_id, seconds=settings.run_timeout, show=show, flow=COURSES)
    gate = gate_result(stack.api, run_id, "check_courses_reindexed", flow=COURSES)
    return DemoOutcome(
        run,
        gate,
        settings.elasticsearch.index,
        before,
        courses.served_state(settings),
        new_mails(settings, mails_before),
        known,
    )


def lose_documents(settings: StackSettings, flow: Flow, run_id: str) -> int:
    """Delete 2 % of the served number of documents from the index that a run is filling; returns how many.

    Raises LocalStackError when there are not so many in it in time.
    """
    served, run = settings.elasticsearch.index, f"{flow.dag}/{run_id}"
    with courses.cluster(settings) as client:
        wanted = round(LOST_SHARE * client.count(index=served)["count"])

        def copied() -> bool:
            candidate = courses.candidate_of(client, served, run=run)
            if candidate is None:
                return False
            client.indices.refresh(index=candidate)
            return bool(client.count(index=candidate)["count"] >= wanted)

        if not wait_until(copied, seconds=COPY_STARTS_SECONDS, every=0.2):
            raise LocalStackError(f"Run {run_id} copied no documents in {COPY_STARTS_SECONDS} s: see the UI.")
        candidate = courses.candidate_of(client, served, run=run)
        answer = client.delete_by_query(index=str(candidate), query={"match_all": {}}, max_docs=wanted)
    return int(answer["deleted"])


def new_mails(settings: StackSettings, before: int) -> tuple[Mail, ...]:
    """The mails that came since there were so many, the newest first."""
    mails = read_mails(settings.mail_folder)
    return tuple(mails[: len(mails) - before])


def open_since(settings: StackSettings, flow: Flow) -> datetime | None:
    """Since when an incident of a flow is open; None when none is."""
    statement = "SELECT min(opened_at) FROM quality_incidents WHERE dag = %s AND resolved_at IS NULL"
    with postgres.connected(settings, USERS_DATABASE) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement, (flow.dag,))
        except psycopg2.errors.UndefinedTable:
            return None
        row = cursor.fetchone()
    return row[0] if row else None


def checksum(settings: StackSettings, table: str = "users") -> str | None:
    """MD5 over all rows of a table, whatever their order; None when there is no such table."""
    statement = sql.SQL("SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t")
    with postgres.connected(settings, USERS_DATABASE) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(statement.format(sql.Identifier(table)))
        except psycopg2.errors.UndefinedTable:
            return None
        row = cursor.fetchone()
    return row[0] if row else None
