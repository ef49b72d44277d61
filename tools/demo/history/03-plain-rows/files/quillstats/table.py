"""Comma-separated text, as spreadsheets write it."""


def read_table(text, delimiter=","):
    """The rows of `text` as dictionaries; the first row names the columns.

    A field in double quotes may hold the delimiter, line breaks and doubled quotes.
    """
    rows = _rows(text, delimiter)
    header = next(rows, None)
    table = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise ValueError(f"row {number} has {len(row)} fields instead of {len(header)}")
        table.append(dict(zip(header, row)))
    return table


def _rows(text, delimiter):
    """Yields each row as a list of fields; empty lines are left out."""
    lines = iter(text.split("\n"))
    for line in lines:
        if '"' not in line:
            row = line.replace("\r", "").split(delimiter)
        else:
            while line.count('"') % 2 == 1:
                continuation = next(lines, None)
                if continuation is None:
                    raise ValueError("a quoted field has no end")
                line = f"{line}\n{continuation}"
            row = _quoted_row(line, delimiter)
        if row != [""]:
            yield row


def _quoted_row(line, delimiter):
    """The fields of one row that has quotes, read one character at a time."""
    row = []
    field = ""
    quoted = False
    position = 0
    while position < len(line):
        character = line[position]
        if quoted:
            if character == '"' and line[position + 1 : position + 2] == '"':
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
        elif character != "\r":
            field += character
        position += 1
    return [*row, field]
