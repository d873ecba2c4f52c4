"""What Airflow asks an installed provider about itself."""

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The provider's description; Airflow reads it through the entry point `apache_airflow_provider`."""
    return {
        "package-name": "inlearning-data-quality",
        "name": "InLearning data quality",
        "description": "Great Expectations gates with a quality report, a deferrable reindex, and alerts.",
        "extra-links": ["provider.links.DataDocsLink"],
    }
