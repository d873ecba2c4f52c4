"""The quality report: what a gate decided, kept and told, in files, pages and words."""
