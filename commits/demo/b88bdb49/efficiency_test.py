"""Fill a letter of twelve placeholders for 200 customers."""

import random

from quillstats import render

LETTER = """
{{ company.name | upper }}
{{ company.street }}, {{ company.town }}

Dear {{ customer.name | title }},

thank you for your order {{ order.number }} of {{ order.date }}: {{ order.amount }} times {{ order.article }}
at {{ order.price }} each. We send it to {{ customer.town | title }} within {{ order.days }} days.

Yours, {{ company.owner }}
{{ company.name | lower }}@example.org
"""


def setup():
    generator = random.Random(20250307)
    company = {"name": "Quill", "street": "Inkwell Lane 3", "town": "Papertown", "owner": "M. Halloran"}
    return [
        {
            "company": company,
            "customer": {"name": f"customer {generator.randint(1, 999)}", "town": generator.choice(["lund", "porto"])},
            "order": {
                "number": generator.randint(10000, 99999),
                "date": f"2025-02-{generator.randint(1, 28):02}",
                "amount": generator.randint(1, 20),
                "article": f"article {generator.randint(1, 5000)}",
                "price": generator.randint(99, 9990) / 100,
                "days": generator.randint(2, 9),
            },
        }
        for _ in range(200)
    ]


def experiment(state):
    return [render(LETTER, values) for values in state]


def digest(result):
    return result
