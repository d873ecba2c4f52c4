"""Where the links of messages lead."""

from report.site import Site

UI = "http://localhost:8082"
SITE = Site(root=f"{UI}/quality/", airflow=f"{UI}/")
