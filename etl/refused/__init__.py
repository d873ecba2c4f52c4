"""Rows that are not loaded: quarantine, the rejected workbook, its replay."""
