"""Which counts a chart draws beside the rows of a batch."""

from dataclasses import replace

from report.gate_report import GateReport
from report.trends import rows_chart
from tests.report.test_gate_report import report

LABELS = ["1 Nov", "2 Nov"]


def drawn(*reports: GateReport) -> str:
    return str(rows_chart(reports, LABELS, "fr"))


def test_counts_of_rows_stand_beside_all_of_them():
    svg = drawn(*[replace(report(), rows=3, counts={"valid": 2, "rejected": 1})] * 2)
    assert all(name in svg for name in ("lues", "valides", "rejetées"))


def test_counts_of_something_else_stand_alone():
    svg = drawn(*[replace(report(), unit="buckets", counts={"source": 200, "target": 199})] * 2)
    assert all(name in svg for name in ("source", "cible"))
    assert "lues" not in svg
