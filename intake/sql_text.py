"""Names and values written safely into SQL."""


def quoted(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text literal in single quotes."""
    return "'" + value.replace("'", "''") + "'"
