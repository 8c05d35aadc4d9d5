#!/usr/bin/env python3
"""reckon.py cdnow|grocery TABLE

What tests/real/*.json come to on the real logs, reckoned from the tables without the tools: a line for each
customer: key, points, spend, level, then what was earned, what was redeemed, and what expired.
"""

import csv
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo


class Customer:
    def __init__(self):
        self.earned = self.redeemed = self.expired = self.points = 0
        self.spend = Decimal(0)
        self.level = None


def cdnow(path):
    """A point per whole dollar, alive for twelve months; levels by the year: the log ends in mid 1998."""
    customers = defaultdict(Customer)
    years = defaultdict(Decimal)
    for line in open(path, encoding="ascii").read().splitlines()[1:]:
        key, date, _, dollars = line.split()
        customer, money = customers[key], Decimal(dollars)
        points = int(money)
        customer.earned += points
        if date <= "19970630":
            customer.expired += points
        else:
            customer.points += points
        customer.spend += money
        years[key, date[:4]] += money
    for key, customer in customers.items():
        best = max(years[key, "1997"], years[key, "1998"])
        customer.level = "archivist" if best >= 500 else "collector" if best >= 100 else "listener"
    return customers


LEFT_OUT = {"CIGARETTES", "CIGARS", "TOBACCO OTHER", "BEERS/ALES"}
NO_POINTS = {"SPIRITS", "FUEL"}


class Basket:
    def __init__(self):
        self.spend = self.counted = Decimal(0)
        self.first = None


def read_baskets(path):
    baskets = defaultdict(Basket)
    with open(path, encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            key = row["household_id"], row["basket_id"]
            basket = baskets[key]
            money = Decimal(row["sales_value"]).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
            if basket.first is None:
                time = datetime.fromisoformat(row["transaction_timestamp"].rstrip("Z"))
                local = time.replace(tzinfo=timezone.utc).astimezone(ZoneInfo("America/New_York"))
                basket.first = time, number, local.replace(tzinfo=None)
            basket.spend += money
            if row["product_category"] not in LEFT_OUT and row["department"] not in NO_POINTS:
                basket.counted += money * (2 if row["brand"] == "Private" else 1)
    return sorted(baskets.items(), key=lambda item: item[1].first[:2])


def grocery(path):
    """Points live to the end of the next quarter; every 100 become a voucher at once, the oldest first."""
    customers = defaultdict(Customer)
    quarters = defaultdict(lambda: [0] * 6)
    baskets = defaultdict(list)
    end = datetime(2018, 1, 1)

    def expire(key, quarter):
        for old in range(max(quarter - 1, 0)):
            customers[key].expired += quarters[key][old]
            quarters[key][old] = 0

    for (key, _), basket in read_baskets(path):
        customer, local = customers[key], basket.first[2]
        quarter = (local.month - 1) // 3
        expire(key, quarter)
        quarters[key][quarter] += int(basket.counted)
        customer.earned += int(basket.counted)
        while sum(quarters[key]) >= 100:
            customer.redeemed += 100
            due = 100
            for old in range(quarter + 1):
                taken = min(due, quarters[key][old])
                quarters[key][old] -= taken
                due -= taken
        customer.spend += basket.spend
        baskets[key].append((local, basket.spend))
        recent = sum(money for at, money in baskets[key] if at + timedelta(days=90) > local)
        if recent >= 100 and (local + timedelta(days=91)).date() > end.date():
            customer.level = "regular"
    for key, customer in customers.items():
        expire(key, 4)
        customer.points = sum(quarters[key])
        customer.level = customer.level or "shopper"
    return customers


def main():
    reckon = {"cdnow": cdnow, "grocery": grocery}[sys.argv[1]]
    for key, who in sorted(reckon(sys.argv[2]).items()):
        print(key, who.points, "%.2f" % who.spend, who.level, who.earned, who.redeemed, who.expired, sep="\t")


if __name__ == "__main__":
    main()
