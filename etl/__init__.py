"""How users move: workbook → verdicts → staging table → `users`, without Airflow."""
