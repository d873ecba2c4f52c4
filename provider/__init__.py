"""How Airflow sees the pipeline: operators, links, alerts, Data Docs in the UI."""
