"""What stands in the text of a cell that has no value to read: what a person sees there, or this."""

FORMULA_WITHOUT_VALUE = "#FORMULA WITHOUT VALUE!"
"""A formula whose value is not in the file: a program wrote it, and no spreadsheet program calculated it.

Written out like the errors of a spreadsheet, so that it stays what it is in quarantine, in the rejected
workbook, and when that is replayed.
"""

ERROR_VALUES = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#ERROR!"}
)
"""What a spreadsheet shows in place of a value that it could not calculate."""
