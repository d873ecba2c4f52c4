"""What keeps the platform clean and restorable: old logs, Airflow's old rows, backups and their proof."""
