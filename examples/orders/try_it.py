"""The gate without Airflow and without a database, on three orders."""

import pandas as pd

from gx.gate import run_gate
from report.settings import QualitySettings

orders = pd.DataFrame(
    {
        "order_id": [1, 2, 2],
        "customer_id": [7, 8, 8],
        "amount": [10.0, 0.0, 5.5],
        "state": ["paid", "paid", "open"],
    }
)

report = run_gate(
    "orders",
    orders,
    run="try-it",
    settings=QualitySettings(path="quality"),
    history=None,
    thresholds={"max_null_ratio": 0.02},
)

print(report.summary)
for outcome in report.failed:
    print(f"{outcome.severity}: {outcome.description}: {outcome.observed}")
    print("  ", ", ".join(example.text for example in outcome.examples))
print("The page: quality/" + report.page)
