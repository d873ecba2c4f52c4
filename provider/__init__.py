"""How Airflow sees the pipeline: operators, links, alerts, the quality report in the UI."""
