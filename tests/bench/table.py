"""Figures, and the limits that they are held to."""
import dataclasses


@dataclasses.dataclass
class Figure:
    what: str
    measured: str
    compared: str  # what it is compared with, measured in the same run
    ratio: float = 0.0  # measured / compared, or measured / a fixed limit; 0: told for information
    most: float = 0.0  # that the ratio may be
    fixed: str = ""  # the limit, where it is not a ratio


def cells(figure):
    if not figure.ratio:
        return [figure.what, figure.measured, figure.compared, "", "", ""]
    limit = figure.fixed or f"{figure.most:g} x"
    return [figure.what, figure.measured, figure.compared, f"{figure.ratio:.2f} x",
            f"<= {limit}", "ok" if figure.ratio <= figure.most else "MISSED"]


def print_table(figures):
    rows = [["what", "baker", "compared with", "ratio", "limit", ""]] + [cells(f) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
