"""What stands in a workbook: which files, which sheets, which column is which."""
