"""What the table `sales.orders` must be before anybody reports on it."""

from collections.abc import Mapping

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from gx.severity import critical, warning
from gx.suite import Suite
from report.said import at_most, say


def build(facts: Mapping[str, object], thresholds: Mapping[str, float]) -> list[Expectation]:
    """Expectations on the orders, one row per order."""
    limit = thresholds["max_null_ratio"]
    return [
        critical(
            gxe.ExpectColumnValuesToBeUnique,
            "No order is there twice",
            threshold="no number twice",
            column="order_id",
        ),
        critical(
            gxe.ExpectColumnValuesToNotBeNull,
            say(
                "Customers: at most {limit:percent} of the orders have none",
                "Clients : au plus {limit:percent} des commandes n’en ont pas",
                limit=limit,
            ),
            key="customers",
            threshold=at_most(limit),
            words={"fault": say("without a customer", "sans client")},
            column="customer_id",
            mostly=round(1 - limit, 12),
        ),
        warning(
            gxe.ExpectColumnValuesToBeBetween,
            "Every paid order costs something",
            threshold="more than 0",
            column="amount",
            min_value=0,
            strict_min=True,
            row_condition=Column("state") == "paid",
        ),
    ]


SUITE = Suite(
    name="orders",
    build=build,
    thresholds={"max_null_ratio": 0.05},
    key=("order_id",),
    unit="orders",
)
