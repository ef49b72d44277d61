"""Read an export of 500 orders with eight columns; one row in twenty has a comment in quotes."""

import random

from quillstats import read_table


def setup():
    generator = random.Random(20250211)
    lines = ["order,date,customer,country,article,amount,price,comment"]
    for number in range(500):
        comment = '"Please ring twice, then ""knock""\nand wait"' if number % 20 == 7 else "none"
        lines.append(
            f"{100000 + number},2025-02-{generator.randint(1, 28):02},customer {generator.randint(1, 900)},"
            f"{generator.choice(['DE', 'FI', 'SE', 'PT'])},article {generator.randint(1, 5000)},"
            f"{generator.randint(1, 40)},{generator.randint(99, 99900) / 100},{comment}"
        )
    return "\n".join(lines) + "\n"


def experiment(state):
    return read_table(state)


def digest(result):
    return result
