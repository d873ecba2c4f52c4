"""What a mail says about a run, from literal reports."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from alerts.outcome import FailedTask, RunOutcome
from alerts.shapes.mail import envelope
from report.gate_report import GateReport
from report.said import Language
from tests.alerts.addresses import UI
from tests.alerts.mails import mail_about
from tests.provider.reports import DIFFERING_QUERY, EMAIL_UNIQUE, LOSS, RATIO, RUN, UNKNOWN_VALUES, report

CLOSED = report(RATIO, EMAIL_UNIQUE)
WARNED = report(UNKNOWN_VALUES, EMAIL_UNIQUE, gate="users_source")
PAGE = f"{UI}/quality/validations/users_ready/index.html"
RUN_PAGE = f"{UI}/dags/etl_users_daily/runs/manual__2026-11-24T08%3A00%3A00%2B00%3A00"


def outcome(
    *reports: GateReport, errors: tuple[FailedTask, ...] = (), workbook: str | None = None, **counts: int
) -> RunOutcome:
    return RunOutcome("etl_users_daily", RUN, reports, errors, counts, workbook)


def sent(about: RunOutcome, *, attach: bool = False) -> EmailMessage:
    """The mail about an outcome, as it travels."""
    return envelope(
        mail_about(about, attach=attach), sender="dq@example.org", recipients=["a@x.fr", "b@x.fr"]
    )


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        (outcome(CLOSED), f"[closed] users_ready · etl_users_daily · {RUN}"),
        (
            outcome(errors=(FailedTask("extract_users", "no workbook"),)),
            f"[failed] extract_users · etl_users_daily · {RUN}",
        ),
        (outcome(WARNED), f"[warning] users_source · etl_users_daily · {RUN}"),
    ],
    ids=["closed", "failed", "warning"],
)
def test_the_subject_says_which_gate_or_task_of_which_run(about: RunOutcome, subject: str):
    assert sent(about)["Subject"] == subject


def test_the_text_names_severity_observed_value_threshold_and_masked_examples():
    text = part(sent(outcome(CLOSED, rows=1000, rejected=300)), "plain")
    for line in (
        "users_ready is closed: 700 of 1,000 rows are valid, 800 are needed.",
        "Nothing behind it ran: the published data is as it was.",
        "What to do next:",
        f"DAG etl_users_daily, run {RUN}",
        RUN_PAGE,
        "rows 1,000, rejected 300",
        f"Open the quality report of users_ready: {PAGE}",
        "- critical: At least 80 % of the rows are valid",
        "  observed: 70.0 % (700 of 1,000 rows)",
        "  expected: at least 80 %",
        "  the first 2 of 300 rows:",
        "    users.xlsx, Feuil1, row 17: z…@x.fr (missing_name)",
    ):
        assert line in text.splitlines()
    assert "The email is unique" not in text


def test_the_html_says_the_same_and_links_to_the_page_and_the_run():
    html = part(sent(outcome(CLOSED)), "html")
    assert f'href="{PAGE}"' in html
    assert f'href="{RUN_PAGE}"' in html
    assert "users.xlsx, Feuil1, row 17: z…@x.fr (missing_name)" in html
    assert ">critical</span>" in html
    assert "the first 2 of 300 rows" in html


def test_a_mail_about_documents_counts_buckets_and_names_documents():
    closed = report(LOSS, gate="courses_reindexed", unit="buckets")
    mail = sent(outcome(closed, documents=200, written=3))
    lines = part(mail, "plain").splitlines()
    for line in (
        "documents 200, written 3",
        "  observed: source 200, target 196, loss 2 %, allowed 1 %",
        "  the first 2 of 4 buckets:",
        "    bucket 17: missing a1, missing b2",
    ):
        assert line in lines
    html = part(mail, "html")
    assert "1,000 buckets, 1 of 1 expectations failed" in html
    assert "the first 2 of 4 buckets" in html


@pytest.mark.parametrize(
    ("language", "returned"),
    [
        ("en", "facet by level: level, Débutant: 67 in the source, 66 in the target"),
        ("fr", "facet by level: level, Débutant : 67 dans la source, 66 dans la cible"),
    ],
)
def test_a_mail_about_a_query_says_what_both_sides_returned(language: Language, returned: str):
    closed = report(DIFFERING_QUERY, gate="courses_reindexed", unit="buckets")
    body = mail_about(outcome(closed), language=language).body
    assert f"    {returned}" in body.text.splitlines()
    assert returned in body.html
    assert "1 of 14 queries differs: facet by level" in body.text


def test_the_run_is_linked_once_and_each_report_beside_its_gate():
    mail = sent(outcome(WARNED, CLOSED))
    assert part(mail, "html").count(RUN_PAGE) == 1
    assert part(mail, "plain").count(RUN_PAGE) == 1
    for gate in ("users_source", "users_ready"):
        assert f">Open the quality report of {gate}</a>" in part(mail, "html")


def test_what_comes_from_a_workbook_is_escaped_in_html():
    html = part(sent(outcome(CLOSED, errors=(FailedTask("load_users", "<img src=x>"),))), "html")
    for text in ("<script>", "<b>", "<img"):
        assert text not in html
    assert "&lt;b&gt;Feuil2&lt;/b&gt;, row 18: &lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "&lt;img src=x&gt;" in html


def test_a_failed_task_is_told_by_its_line_with_a_link_to_its_log():
    about = outcome(errors=(FailedTask("extract_users", "data.xlsx is protected by a password."),))
    link = f"{RUN_PAGE}/tasks/extract_users"
    mail = sent(about)
    assert "extract_users failed: data.xlsx is protected by a password." in part(mail, "plain").splitlines()
    assert link in part(mail, "plain")
    assert f'href="{link}"' in part(mail, "html")


def test_a_note_of_a_step_is_told():
    note = "Learning platform (https://platform.example.org/health): 200 OK after 12 ms."
    mail = sent(replace(outcome(CLOSED), notes=(note,)))
    assert note in part(mail, "plain").splitlines()
    assert note in part(mail, "html")


def test_a_doubt_is_critical():
    text = part(sent(outcome(report(EMAIL_UNIQUE, doubts=("the batch has no rows",)))), "plain")
    assert "- critical: the batch has no rows" in text.splitlines()


def test_a_warning_is_told_beside_a_closed_gate():
    text = part(sent(outcome(WARNED, CLOSED)), "plain")
    assert "- warning: Few optional values are unknown" in text.splitlines()
    assert "== users_source is open: 1 check passed, 1 warning. ==" in text.splitlines()


def test_the_message_id_stands_for_what_is_new_in_a_run():
    first, again = (sent(outcome(CLOSED))["Message-ID"] for _ in range(2))
    assert first == again == sent(outcome(replace(CLOSED, page="runs/second.html")))["Message-ID"]
    assert str(first).endswith("@data-quality.inlearning>")
    others = (
        outcome(report(LOSS, EMAIL_UNIQUE)),
        replace(outcome(CLOSED), run_id="manual__2"),
        outcome(CLOSED, errors=(FailedTask("load_users", "away"),)),
    )
    assert len({first, *(sent(other)["Message-ID"] for other in others)}) == 4


def test_the_rejected_workbook_is_named_and_attached_only_when_asked_for(tmp_path: Path):
    workbook = tmp_path / "rejected-run.xlsx"
    workbook.write_bytes(b"PK workbook")
    about = outcome(CLOSED, workbook=str(workbook))
    plain, attached = sent(about), sent(about, attach=True)
    assert str(workbook) in part(plain, "plain")
    assert list(plain.iter_attachments()) == []
    (attachment,) = attached.iter_attachments()
    assert attachment.get_filename() == "rejected-run.xlsx"
    assert attachment.get_payload(decode=True) == b"PK workbook"


def test_a_rejected_workbook_that_is_gone_does_not_stop_the_mail(tmp_path: Path):
    about = outcome(CLOSED, workbook=str(tmp_path / "gone.xlsx"))
    assert list(sent(about, attach=True).iter_attachments()) == []


def test_the_headers_say_that_a_machine_wrote_to_everybody():
    mail = sent(outcome(CLOSED))
    assert (mail["From"], mail["To"]) == ("dq@example.org", "a@x.fr, b@x.fr")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_line_break_in_a_run_id_starts_no_other_header():
    mail = sent(replace(outcome(CLOSED), run_id="manual\r\nBcc: eve@x.fr"))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "[closed] users_ready · etl_users_daily · manual Bcc: eve@x.fr"
