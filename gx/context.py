"""Where Great Expectations keeps things: in memory, but for published results and Data Docs.

While a gate runs, its result is in memory. It reaches the disk once, when it holds no personal data any more,
under the lock that also guards the index of the Data Docs: the one file that every gate rewrites, from all
stored results.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import great_expectations
from filelock import FileLock
from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier

from report.settings import QualitySettings

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
    from great_expectations.data_context import EphemeralDataContext

SITE = "data_docs"
STORED = "stored_results"
STORED_SUITES = "stored_suites"

# Seconds after which another gate that holds the lock is taken for stuck.
LOCK_SECONDS = 120


def quality_context(settings: QualitySettings) -> "EphemeralDataContext":
    """A context of its own: nothing is sent anywhere, nothing is written until `publish`."""
    folder = Path(settings.path).absolute()
    config = DataContextConfig(
        config_version=4.0,
        expectations_store_name="expectations",
        checkpoint_store_name="checkpoints",
        validation_results_store_name="results",
        stores=_stores(folder),
        data_docs_sites={SITE: _site(folder, settings.max_pages)},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context: EphemeralDataContext = great_expectations.get_context(mode="ephemeral", project_config=config)
    return context


def _stores(folder: Path) -> dict[str, dict[str, Any]]:
    memory = {"class_name": "InMemoryStoreBackend"}
    return {
        "expectations": {"class_name": "ExpectationsStore", "store_backend": memory},
        "checkpoints": {"class_name": "CheckpointStore", "store_backend": memory},
        "validation_definition_store": {"class_name": "ValidationDefinitionStore", "store_backend": memory},
        "results": {"class_name": "ValidationResultsStore", "store_backend": memory},
        STORED: {"class_name": "ValidationResultsStore", "store_backend": _files(folder / "results")},
        STORED_SUITES: {"class_name": "ExpectationsStore", "store_backend": _files(folder / "suites")},
    }


def _site(folder: Path, max_pages: int) -> dict[str, Any]:
    page_view = {"module_name": "gx.views", "class_name": "PageView"}
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": _files(folder / "data_docs"),
        "site_index_builder": {
            "class_name": "DefaultSiteIndexBuilder",
            "validation_results_limit": max_pages,
            "view": {"module_name": "gx.views", "class_name": "IndexView"},
        },
        "site_section_builders": {
            # Without a filter of our own a run whose name holds the word "profiling" gets no page.
            "validations": {
                "source_store_name": STORED,
                "run_name_filter": {"not_equals": "__none__"},
                "validation_results_limit": max_pages,
                "view": page_view,
            },
            "expectations": {"source_store_name": STORED_SUITES, "view": page_view},
            "profiling": "None",
        },
    }


def _files(folder: Path) -> dict[str, Any]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}


def publish_lock(settings: QualitySettings) -> AbstractContextManager[Any]:
    """The lock of whoever writes results or Data Docs below `settings.path`."""
    folder = Path(settings.path)
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / "publish.lock", timeout=LOCK_SECONDS)


def publish(
    context: "EphemeralDataContext",
    suite: "ExpectationSuite",
    identifier: ValidationResultIdentifier,
    result: "ExpectationSuiteValidationResult",
    *,
    settings: QualitySettings,
) -> tuple[str, str]:
    """Write the result and the suite, their pages and the index.

    Returns the page relative to the folder `data_docs`, and the result file relative to `settings.path`.
    Raises OSError when the disk does not take them or another writer does not let go.
    """
    run_id = identifier.run_id
    name = "/".join((suite.name, *run_id.to_tuple(), str(identifier.batch_identifier)))
    page, file = f"validations/{name}.html", f"results/{name}.json"
    with publish_lock(settings):
        context.stores[STORED].set(identifier, result)
        context.stores[STORED_SUITES].set(identifier.expectation_suite_identifier, suite)
        pages: list[Any] = [identifier, identifier.expectation_suite_identifier]
        context.build_data_docs(site_names=[SITE], resource_identifiers=pages)
    if not (Path(settings.path) / "data_docs" / page).is_file():
        raise FileNotFoundError(f"the Data Docs page {page} was not written")
    return page, file
