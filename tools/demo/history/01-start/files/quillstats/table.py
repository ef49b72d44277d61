"""Comma-separated text, as spreadsheets write it."""


def read_table(text, delimiter=","):
    """The rows of `text` as dictionaries; the first row names the columns.

    A field in double quotes may hold the delimiter, line breaks and doubled quotes.
    """
    rows = _rows(text, delimiter)
    if not rows:
        return []
    header, *body = rows
    table = []
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} fields instead of {len(header)}")
        table.append(dict(zip(header, row)))
    return table


def _rows(text, delimiter):
    """All rows as lists of fields, read one character at a time; empty lines are left out."""
    rows = []
    row = []
    field = ""
    quoted = False
    position = 0
    while position < len(text):
        character = text[position]
        if quoted:
            if character == '"' and text[position + 1 : position + 2] == '"':
                field += '"'
                position += 1
            elif character == '"':
                quoted = False
            else:
                field += character
        elif character == '"':
            quoted = True
        elif character == delimiter:
            row.append(field)
            field = ""
        elif character == "\n":
            if row or field:
                rows.append([*row, field])
            row = []
            field = ""
        elif character != "\r":
            field += character
        position += 1
    if quoted:
        raise ValueError("a quoted field has no end")
    if row or field:
        rows.append([*row, field])
    return rows
