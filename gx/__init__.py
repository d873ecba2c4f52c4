"""What good data is: suites, the gate that decides, the report that explains."""
