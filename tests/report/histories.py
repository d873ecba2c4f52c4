"""Invented histories of five gates of three DAGs, as they stand on the overview."""
# ruff: noqa: E501 - invented sentences are easier to compare on one line

from collections.abc import Sequence
from datetime import timedelta

from report.files_page import files_page
from report.gate_page import gate_page
from report.gate_report import GateReport, Measure
from report.overview import overview_page
from report.said import Language, Said, say
from report.schedules import Scheduled
from report.site import Site
from tests.report.other_reports import courses_reindexed, orders
from tests.report.reports import LAST, check, report
from tests.report.users_reports import users_nights, users_ready

NIGHTS = 30
NOW = LAST + timedelta(hours=2)
"""When somebody looks: two hours after the last night."""


def users_source(nights_ago: int, *, repeated: int = 8) -> GateReport:
    """The gate behind the extraction. repeated: rows with an email that an earlier row has."""
    rows = 1000 + nights_ago * 37 % 60
    share = repeated / rows
    outcomes = [
        check(
            "repeated_emails",
            say("Repeated emails: at most {x:percent} of the rows", "E-mails répétés : au plus {x:percent} des lignes", x=0.05),
            say("{x:percent} repeated ({n:row|rows})", "{x:percent} répétés ({n:ligne|lignes})", x=share, n=repeated),
            say("at most {x:percent}", "au plus {x:percent}", x=0.05),
            severity="warning", success=share <= 0.05, measure=Measure(share, high=0.05),
        ),
        check(
            "usual_volume",
            say("Rows: within {x:percent} of the usual {n:row|rows}", "Lignes : à {x:percent} près des {n:ligne|lignes} habituelles", x=0.5, n=1020),
            say("{n:row|rows}", "{n:ligne|lignes}", n=rows),
            say("{a:number} to {b:row|rows}", "{a:number} à {b:ligne|lignes}", a=510, b=1530),
            severity="warning", measure=Measure(rows, 510, 1530, unit="number"),
        ),
    ]  # fmt: skip
    return report(
        "users_source", outcomes, nights_ago=nights_ago, rows=rows, seconds=0.8 + nights_ago % 3 / 10
    )


def users_next(nights_ago: int, *, share: float = 0.03) -> GateReport:
    """The gate before the table is swapped. share: of the users that change."""
    changed = check(
        "changed_users",
        say("Changed users: at most {x:percent} of the table", "Utilisateurs modifiés : au plus {x:percent} de la table", x=0.2),
        say("{x:percent} changed", "{x:percent} modifiés", x=share),
        say("at most {x:percent}", "au plus {x:percent}", x=0.2),
        success=share <= 0.2, measure=Measure(share, high=0.2),
    )  # fmt: skip
    return report(
        "users_next",
        [changed],
        nights_ago=nights_ago,
        rows=930 + nights_ago % 9,
        holds=Said("the users", "les utilisateurs"),
    )


def five_gates(*, closed: bool = True, nights: int = NIGHTS) -> dict[str, Sequence[GateReport]]:
    """The last nights of each gate, newest first. closed: whether `users_ready` is closed now."""
    last = users_ready(valid=751 if closed else 968)
    return {
        "courses_reindexed": [courses_reindexed(7 * n, lost=160 if n == 5 else n * 13 % 40) for n in range(20)],
        "orders": [orders(n, empty=3 if n in (4, 9) else 0) for n in range(nights)],
        "users_next": [users_next(n, share=0.25 if n in (3, 17) else 0.02 + n * 7 % 5 / 100) for n in range(nights)],
        "users_ready": [last, *users_nights(nights - 1)],
        "users_source": [users_source(n, repeated=70 if n == 6 else 8 + n * 5 % 17) for n in range(nights)],
    }  # fmt: skip


def overview_pages(language: Language) -> dict[str, str]:
    """The pages above the verdicts, by their names without ending."""
    closed, open_ = five_gates(), five_gates(closed=False)
    later = NOW + timedelta(days=3)
    folders = [report.folder for reports in closed.values() for report in reports]
    below = Site(root="../", airflow="../")
    return {
        "index": overview_page(closed, language, now=NOW, site=Site()),
        "open": overview_page(
            open_,
            language,
            now=later,
            site=Site(),
            problem="connection refused",
            schedules=[Scheduled("etl_users_daily", later - timedelta(hours=2), NOW, paused=True)],
        ),
        "empty": overview_page({}, language, now=NOW, site=Site()),
        "files": files_page(folders, language, site=Site(), problem="connection refused"),
        "gates/users_ready": gate_page(
            "users_ready", closed["users_ready"], language, now=NOW, site=below, more=True
        ),
    }
