# The Airflow image: the pinned requirements in a virtual environment, the packages and the DAGs, nothing else.
# Any Debian 12 with Python 3.11 as `python3` can be the base.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS requirements
COPY requirements.txt /build/
# Every requirement is pinned and hashed, so pip has nothing to resolve. Test suites and C headers of the wheels
# are never imported; pip is of no use behind a read-only root.
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement /build/requirements.txt \
    && find /opt/venv/lib -type d \( -path '*/pandas/tests' -o -path '*/pyarrow/tests' -o -path '*/pyarrow/include' \
        -o -path '*/scipy/*/tests' -o -path '*/sqlalchemy/testing' \) -prune -exec rm -rf {} + \
    && /opt/venv/bin/pip uninstall --yes pip setuptools

FROM ${BASE_IMAGE} AS packages
COPY docker/requirements-build.txt /build/
RUN python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement /build/requirements-build.txt
COPY pyproject.toml README.md /build/
COPY alerts /build/alerts
COPY etl /build/etl
COPY gx /build/gx
COPY metrics /build/metrics
COPY pipeline /build/pipeline
COPY provider /build/provider
COPY reindex /build/reindex
COPY report /build/report
COPY upkeep /build/upkeep
# A folder of its own: a change of the code then replaces a small layer, not the requirements.
RUN /opt/build/bin/pip install --no-cache-dir --no-deps --no-build-isolation --target /opt/inlearning /build

FROM ${BASE_IMAGE}
# Group 0 may do what the user may, so the container also runs under any other uid (AIRFLOW_UID in .env).
# It has no home to write to: every container's root is read-only.
RUN useradd --uid 50000 --gid 0 --no-create-home --home-dir /opt/airflow --shell /usr/sbin/nologin airflow \
    && install -d -o 50000 -g 0 -m 2775 /opt/airflow/logs /ETL_users /ingest
COPY --from=requirements /opt/venv /opt/venv
COPY --from=packages /opt/inlearning /opt/inlearning
COPY docker/airflow.cfg /opt/airflow/airflow.cfg
COPY --chmod=755 docker/bin /opt/airflow/bin
COPY dags /opt/airflow/dags
# USER names the account where another uid has none, for what asks who runs it.
ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__LOAD_EXAMPLES=false \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=false \
    GX_ANALYTICS_ENABLED=false \
    HOME=/opt/airflow \
    LANG=C.UTF-8 \
    PATH=/opt/airflow/bin:/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/inlearning:/opt/inlearning/provider/config \
    PYTHONUNBUFFERED=1 \
    USER=airflow
WORKDIR /opt/airflow
EXPOSE 8080
USER 50000:0
CMD ["airflow", "version"]
