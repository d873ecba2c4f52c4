"""The picture of a gate that queries have closed: `python -m tests.browser.query_gate_picture`.

A whole run on a server of its own, whose target loses a document of a facet and swaps two in a sort.
"""

from functools import partial
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch

from gx.gate import run_gate
from local.sample.courses import identity, load
from pipeline.handover import GateInput, from_json
from reindex.settings import ReindexSettings
from report.gate_report import GateReport
from report.served import STRICT
from report.settings import QualitySettings
from tests.browser.pages import chromium
from tests.browser.screenshots import take
from tests.browser.served_pages import served
from tests.elasticsearch import new_elasticsearch
from tests.reindex.flow import Flow
from tests.reindex.queries.tampering import (
    one_document_less_in_one_facet,
    tampering,
    two_documents_swapped_in_a_sort,
)

NAME = "queries-verdict"
SERVED = "inlearning-storage"
RUN = "scheduled__2026-11-22T01:00:00+00:00"
DOCUMENTS = 2_000
FIRST_BY_TITLE = {7: "Accueil", 8: "Algèbre : les fondamentaux"}
ASSETS = Path(__file__).resolve().parents[2] / "report" / "assets"
WIDTH, HEIGHT = 1300, 1150


def closed(folder: Path) -> GateReport:
    """The verdict on a run whose queries differ; its pages stand below `folder/quality`."""
    with new_elasticsearch(options=()) as server:
        prepare(server.admin)
        run = Flow(server.cluster_for(SERVED), ReindexSettings(index=SERVED), folder, run=RUN)
        run.run_all(until="catch_up")
        run.connect = partial(tampering, target=run.plan().target, tamper=both)
        run.step("compare_documents")
    looked_at = from_json(GateInput, run.left("compare_documents")["gate"])
    return run_gate(
        "courses_reindexed",
        looked_at.batch,
        run=RUN,
        facts=looked_at.facts,
        settings=QualitySettings(path=str(folder / "quality")),
        history=None,
        dag="reindex_weekly",
        task="check_courses_reindexed",
    )


def prepare(admin: Elasticsearch) -> None:
    """Sample courses, two of which are the first by their titles."""
    load(admin, SERVED, DOCUMENTS)
    for number, title in FIRST_BY_TITLE.items():
        admin.update(index=SERVED, id=identity(number), doc={"cours": {"titre": title}}, refresh=True)


def both(answer: Any) -> None:
    """Both mutations."""
    one_document_less_in_one_facet(answer)
    two_documents_swapped_in_a_sort(answer)


def main() -> None:
    """Take the picture."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        report = closed(folder)
        copytree(ASSETS, folder / "quality" / "assets")
        with served(folder, policy=STRICT) as address, chromium() as browser:
            page = browser.new_context(color_scheme="light", locale="en-GB").new_page()
            page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
            page.goto(f"{address}/quality/{report.page}")
            take(page, NAME, height=HEIGHT, width=WIDTH)


if __name__ == "__main__":
    main()
