"""Where Great Expectations keeps things: in memory. What is published of a result, `report` writes."""

from typing import TYPE_CHECKING, Any

import great_expectations
from great_expectations.data_context.types.base import DataContextConfig, ProgressBarsConfig

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

MEMORY = {"class_name": "InMemoryStoreBackend"}

STORES: dict[str, dict[str, Any]] = {
    "expectations": {"class_name": "ExpectationsStore", "store_backend": MEMORY},
    "checkpoints": {"class_name": "CheckpointStore", "store_backend": MEMORY},
    "validation_definition_store": {"class_name": "ValidationDefinitionStore", "store_backend": MEMORY},
    "results": {"class_name": "ValidationResultsStore", "store_backend": MEMORY},
}


def quality_context() -> "EphemeralDataContext":
    """A context of its own: nothing is sent anywhere, nothing is written."""
    config = DataContextConfig(
        config_version=4.0,
        expectations_store_name="expectations",
        checkpoint_store_name="checkpoints",
        validation_results_store_name="results",
        stores=STORES,
        data_docs_sites={},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context: EphemeralDataContext = great_expectations.get_context(mode="ephemeral", project_config=config)
    return context
