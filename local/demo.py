"""`make demo-failure`: a workbook that must not pass, and what the pipeline does with it."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg2.errors
from psycopg2 import sql

from local import postgres
from local.environment import USERS_DATABASE
from local.mail import Mail, read_mails
from local.runs import GateResult, Run, begin_run, follow, gate_results
from local.settings import StackSettings
from local.stack import Stack

INVALID_SHARE = 0.30
ROWS = 1_000
CLOSING_GATE = "check_users_ready"


@dataclass(frozen=True)
class DemoOutcome:
    """What became of the bad workbook. before, after: checksums over `users`, None without such a table."""

    run: Run
    gate: GateResult
    before: str | None
    after: str | None
    mails: tuple[Mail, ...]

    @property
    def as_expected(self) -> bool:
        """The gate closed, the table is as it was, and one mail says so."""
        closed = self.gate.report is not None and not self.gate.report.passed
        return self.run.state == "failed" and closed and self.before == self.after and len(self.mails) == 1


def run_demo(stack: Stack, show: Callable[[Run], None]) -> DemoOutcome:
    """Send a workbook with 30 % invalid rows through the pipeline of a running stack."""
    from local.sample_users import Defects, write_workbook

    settings = stack.settings
    workbook = settings.root / "demo" / "too-many-invalid-rows.xlsx"
    workbook.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(workbook, rows=ROWS, seed=2, defects=Defects.rejecting(INVALID_SHARE))
    before, mails_before = checksum(settings), len(read_mails(settings.mail_folder))
    run_id = begin_run(stack.api, {"workbook": str(workbook)})
    run = follow(stack.api, run_id, seconds=settings.run_timeout, show=show)
    gate = next(gate for gate in gate_results(stack.api, run_id) if gate.task == CLOSING_GATE)
    mails = read_mails(settings.mail_folder)
    new = tuple(mails[: len(mails) - mails_before])
    return DemoOutcome(run, gate, before, checksum(settings), new)


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
