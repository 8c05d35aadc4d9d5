"""random_log.py - a random log for a random programme.

Logs are small and dense: few members, many equal times, amounts at and just below thresholds. The oracle runs along,
so that facts can name real vouchers and redemptions and ask for exact balances.
"""

import json
from datetime import date, timedelta

from oracle.engine import Engine
from oracle.programme import Programme
from oracle.returns import latest_named
from oracle.times import UTC, Place
from oracle.values import NotSupported, money_text

CATEGORIES = ["food", "drink", "gift-card"]
CHANNELS = ["store", "online"]


class Logger:
    """A random log; the oracle runs along so that facts can be pointed at what really is there."""

    def __init__(self, draw, maker):
        self.draw, self.maker = draw, maker
        self.document = maker.document
        self.text = json.dumps(maker.document, ensure_ascii=False)
        self.programme = Programme(self.text)
        self.late = draw.aside("late").has("late")
        self.months_late = draw.aside("late-months").has("late-months")
        self.engine = Engine(self.programme, posts_late=self.late)
        self.place = Place(maker.document["timezone"])
        self.now = self.place.instant(date(2026, draw.some(1, 3), draw.some(1, 28)), (draw.some(0, 23), 0, 0, 0))
        self.members = ["m%d" % (number + 1) for number in range(draw.some(2, 6 if draw.full else 4))]
        if draw.random.random() < .2:
            self.members[0] = "Zoë"
        self.known = []
        self.by = {}                    # how a sale is returned: by items or by amount, never both
        self.gave_up = False
        self.serial = 0
        self.lines = []
        self.sales = {member: [] for member in self.members}
        self.redeems = {member: [] for member in self.members}
        self.returns = {member: [] for member in self.members}

    def make(self, length):
        while len(self.lines) < length:
            self.step_time()
            record = self.between() or self.fact()
            if record is None:
                continue
            self.tie(record)
            self.name_again(record)
            if self.late:
                self.delay(record)
            line = json.dumps(record, ensure_ascii=False, separators=(",", ":") if self.draw.random.random() < .8 else (", ", ": "))
            try:
                self.engine.take(line)
            except NotSupported:
                self.gave_up = True     # and so the log ends before this fact
                break
            self.lines.append(line)
            if self.draw.random.random() < .06:
                self.lines.append(line)
                self.engine.take(line)
        return self.lines

    def name_again(self, record):
        """Now and then, an id that the member has used before, so long ago that it may be used again."""
        draw, key = self.draw.aside("again"), record.get("member")
        known = self.engine.known(key) if key and "id" in record else None
        if known is None or not draw.has("again"):
            return
        before = self.engine.clocks[known.key] - timedelta(days=40)
        old = [entry.record for entry in latest_named(known, key) if entry.at < before]
        alike = [one for one in old if one["type"] == record["type"]]
        if not old:
            return
        record["id"] = draw.pick(alike if alike and draw.random.random() < .9 else old)["id"]
        self.by.pop(record["id"], None)
        for one in (self.sales, self.redeems, self.returns):
            if key in one:
                one[key] = [fact for fact in one[key] if fact is record or fact["id"] != record["id"]]

    def delay(self, record):
        """Now and then, a record that comes a while after what it says."""
        draw, place = self.draw.aside("late"), self.place
        if draw.random.random() > .3:
            return
        stated = place.read(record["at"]) - timedelta(days=draw.one(0, 0, 0, 1, 3, 14, 40), seconds=draw.some(1, 90000))
        if self.months_late:            # so that what the period counted may be forgotten
            stated -= timedelta(days=draw.aside("late-months").one(0, 0, 60, 100, 130, 200, 400))
        if record["type"] == "tick":    # late is what comes behind another; members may be later than any
            if self.engine.ticked is None:
                return
            stated = min(stated, self.engine.ticked - timedelta(seconds=1))
        if "occurred" in record:
            stated = max(stated, place.read(record["occurred"]))
        record["at"] = place.write(stated) if draw.random.random() < .8 else stated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def tie(self, record):
        """Sales that name redemptions, and redemptions that name a sale."""
        if not self.programme.restores_share or record["type"] not in ("purchase", "redeem"):
            return
        draw, member = self.draw.aside("restore-share"), record["member"]
        redeems = [redeem["id"] for redeem in self.redeems[member] if redeem.get("reward") != "exchange" and redeem is not record]
        known = self.engine.known(member)
        good = {entry.record["id"] for entry in known.facts("redeem") if not entry.cancelled} if known else set()
        if draw.random.random() < .8:
            redeems = [name for name in redeems if name in good]
        if record["type"] == "purchase" and redeems and draw.random.random() < .7:
            record["redeems"] = draw.random.sample(redeems[-4:], min(len(redeems[-4:]), draw.one(1, 1, 2)))
        if record["type"] == "redeem" and record.get("reward") != "exchange" and self.sales[member] and draw.random.random() < .3:
            record["of"] = draw.pick(self.sales[member][-3:])["id"]

    def between(self):
        """Now and then, what concerns two members."""
        draw = self.draw.aside("transfer")
        if self.maker.moves_points and draw.random.random() < .1:
            return self.transfer(draw)
        draw = self.draw.aside("merge")
        if self.maker.merges and len(self.lines) > 8 and draw.random.random() < .06:
            return self.merge(draw)
        return None

    def transfer(self, draw):
        programme = self.programme
        having = [member for member in self.members if self.engine.known(member)]
        if not having:
            return None
        unit, member = draw.pick(programme.spendable), draw.pick(having)
        other = draw.pick(self.members + ["guest"]) if draw.random.random() < .93 else member
        have = self.engine.known(member).balance(unit, self.now)
        scale = 10 ** programme.units[unit].decimals
        amount = draw.one(have, have // 2, have // 3, have - 1, have + 1, 10 * scale)
        if amount <= 0 or (other == member and draw.random.random() < .5):
            return None
        record = self.record("transfer", member, with_id=draw.random.random() < .7)
        record.update(to=other, points=self.points(amount, scale))
        if len(programme.spendable) > 1 or draw.random.random() < .2:
            record["unit"] = unit
        return record

    def merge(self, draw):
        members = self.members + (["guest"] if self.maker.moves_points else [])
        having = [member for member in members if self.engine.known(member)]
        if not having:
            return None
        record = self.record("merge", draw.pick(having), with_id=draw.random.random() < .7)
        others = [member for member in members if self.engine.resolved(member) != self.engine.resolved(record["member"])]
        record["into"] = draw.pick(others if others and draw.random.random() < .85 else members)
        return record

    def step_time(self):
        draw, place = self.draw, self.place
        kind = draw.random.random()
        if kind < .3:
            return
        if kind < .4:
            self.now += timedelta(seconds=draw.one(1, 59, 600, 3600, 7200, 43200))
        elif kind < .78:
            self.now += timedelta(days=draw.one(1, 1, 1, 2, 3, 7, 7, 14, 30), seconds=draw.one(0, 0, 0, 3600))
        elif kind < .88:
            self.now = place.instant(place.day(self.now) + timedelta(days=draw.one(1, 1, 2, 8)))
        elif kind < .96:
            period = draw.one("month", "month", "week", "week", "quarter", "year")
            end = place.calendar(period, self.now)[1] - timedelta(seconds=draw.one(0, 0, 1))
            if timedelta(0) <= end - self.now < timedelta(days=60):
                self.now = end
        else:
            changes = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25), date(2026, 11, 1)]
            ahead = [day for day in changes if day > place.day(self.now)]
            if ahead and ahead[0] - place.day(self.now) < timedelta(days=60):
                later = place.instant(ahead[0], (draw.one(0, 1, 2, 3), draw.one(0, 30), 0, 0))
                self.now = max(self.now, later)

    def stamp(self):
        draw, place = self.draw, self.place
        local = place.local(self.now)
        if draw.has("local-times"):
            naive = local.replace(tzinfo=None)
            if place.instant(naive.date(), (naive.hour, naive.minute, naive.second, 0)) == self.now:
                return naive.isoformat()[:19]
        if draw.random.random() < .15:
            return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return place.write(self.now)

    def fact(self):
        draw = self.draw
        member = draw.pick(self.members)
        if member not in self.known and draw.random.random() < .8:
            return self.enrol(member)
        if draw.random.random() < .3:
            member = self.members[0]    # so that much happens to one
        kind = draw.random.choices(["purchase", "return", "cancel", "action", "redeem", "adjust", "grant", "profile", "leave", "tick", "other"],
                                   [48, 12, 5, 8, 13, 4, 3, 2, 1, 5, 1])[0]
        return getattr(self, kind)(member)

    def record(self, kind, member, with_id=True):
        record = {"type": kind}
        if with_id:
            self.serial += 1
            record["id"] = "%s%d" % (kind[0], self.serial)
        record["at"] = self.stamp()
        record["member"] = member
        return record

    def enrol(self, member):
        draw = self.draw
        record = self.record("enrol", member, with_id=draw.random.random() < .5)
        self.known.append(member)
        if draw.random.random() < .7:
            record["birthday"] = draw.one("1990-05-05", "2000-02-29", "1985-04-01", "1970-12-31", "1999-10-04")
        if draw.random.random() < .6 and draw.weights["referral"]:
            record["referrer"] = draw.pick(self.members)
        if draw.random.random() < .3:
            record["source"] = draw.one("friend", "web")
        return record

    def profile(self, member):
        record = self.record("profile", member, with_id=False)
        record["source"] = self.draw.one("friend", "web")
        if self.draw.random.random() < .3:
            record["birthday"] = self.draw.one("1990-06-01", "1991-03-08")
        return record

    def money(self, smallest):
        text = money_text(smallest, self.maker.exponent)
        if self.maker.exponent == 0:
            return int(text)
        return text

    def some_money(self):
        draw, unit = self.draw, 10 ** self.maker.exponent
        whole = draw.one(5, 10, 10, 20, 25, 30, 50, 50, 60, 75, 100, 100, 120, 150, 250)
        return whole * unit - draw.one(0, 0, 0, 0, 0, 1 if unit > 1 else 0, unit // 4, unit // 3)

    def purchase(self, member):
        draw = self.draw
        record = self.record("purchase", member)
        total = 0
        if draw.random.random() < .5:
            items = []
            for number in range(draw.some(1, 4)):
                qty = draw.one(1, 1, 2, 3)
                paid = self.some_money() // draw.one(1, 2, 3) + 1
                item = {"sku": draw.one("a", "b", "c"), "category": draw.pick(CATEGORIES), "qty": qty, "amount": self.money(paid)}
                if draw.full and draw.random.random() < .15:
                    off = paid // 5
                    item["discount"] = self.money(off)
                    paid -= off
                items.append(item)
                total += paid
            if draw.full and draw.random.random() < .25:
                off = total // draw.one(3, 7, 10)
                record["discount"] = self.money(off) if draw.random.random() < .5 else {"store": self.money(off // 2), "manufacturer": self.money(off - off // 2)}
                total -= off
            record["items"] = items
        else:
            total = self.some_money()
        if draw.full:
            for part in ("tax", "shipping", "tip"):
                if draw.random.random() < .15:
                    extra = draw.one(1, 5, 7) * 10 ** self.maker.exponent + draw.one(0, 3 if self.maker.exponent else 0)
                    record[part] = self.money(extra)
                    total += extra
        record["amount"] = self.money(total)
        record["channel"] = draw.pick(CHANNELS)
        if draw.full:
            self.adorn(record, member, total)
        self.sales[member].append(record)
        return record

    def adorn(self, record, member, total):
        draw = self.draw
        if draw.random.random() < .35:
            first = total // draw.one(2, 3, 4)
            kinds = [draw.one("card", "cash", "reward"), draw.one("card", "cash")]
            record["tenders"] = [{"kind": kinds[0], "amount": self.money(first)}, {"kind": kinds[1], "amount": self.money(total - first)}]
        if draw.random.random() < .2:
            record["codes"] = draw.one(["DOUBLE"], ["OTHER", "DOUBLE"], ["OTHER"])
        if "nights" in self.maker.names and "items" not in record and draw.random.random() < .6:
            record["nights"] = draw.some(1, 3)
        if draw.has("occurred"):
            record["occurred"] = self.place.write(self.now - timedelta(days=draw.one(1, 3, 13, 14, 15, 40)))
        known = self.engine.known(member)
        vouchers = [voucher.name for voucher in known.vouchers] if known else []
        usable = [voucher.name for voucher in known.vouchers if voucher.state == "open"] if known else []
        if vouchers and draw.random.random() < .5:
            names = [draw.pick(usable if usable and draw.random.random() < .75 else vouchers[-3:])]
            if draw.random.random() < .15:
                names.append(draw.one("nobody's", draw.pick(vouchers)))
            record["vouchers"] = names

    def of_sale(self, member):
        if not self.sales[member] or self.draw.random.random() < .03:
            return None
        return self.that_redeemed(member) or self.draw.pick(self.sales[member][-4:])

    def that_redeemed(self, member):
        """A sale that names redemptions, where a return restores them."""
        draw = self.draw.aside("restore-share")
        sales = [sale for sale in self.sales[member] if "redeems" in sale]
        return draw.pick(sales[-2:]) if sales and self.programme.restores_share and draw.random.random() < .6 else None

    def __getattr__(self, name):
        if name == "return":
            return self.give_back
        raise AttributeError(name)

    def give_back(self, member):
        draw = self.draw
        record = self.record("return", member)
        sale = self.of_sale(member)
        if not sale and draw.random.random() < .7:
            return None
        record["of"] = sale["id"] if sale else "nothing"
        how = draw.one("items", "items", "amount")
        by_items = sale and "items" in sale and self.by.setdefault(sale["id"], how) == "items"
        if by_items:
            record["items"] = []
            for number in sorted(draw.random.sample(range(len(sale["items"])), draw.some(1, len(sale["items"])))):
                item = sale["items"][number]
                back = {"line": number} if draw.random.random() < .6 else {"sku": item["sku"]}
                back["qty"] = item["qty"] if draw.random.random() < .6 else draw.some(1, item["qty"] + draw.one(0, 0, 1))
                record["items"].append(back)
        else:
            whole = round(float(sale["amount"]) * 10 ** self.maker.exponent) if sale else 100
            share = draw.one(whole, whole, whole // 2, whole // 3, whole - 2 * (whole // 3), whole // 3, 1, whole + 1)
            record["amount"] = self.money(max(share, 1))
        self.returns[member].append(record)
        return record

    def cancel(self, member):
        draw = self.draw
        record = self.record("cancel", member)
        known = self.engine.known(member)
        good = {entry.record.get("id") for entry in known.facts()} if known else set()
        redeems = [record for record in self.redeems[member] if record["id"] in good or draw.random.random() < .1]
        pools = [self.sales[member], redeems, redeems, redeems, self.returns[member]]
        pool = draw.pick([pool for pool in pools if pool] or [[]])
        if self.returns[member] and self.programme.restores_share and draw.aside("restore-share").random.random() < .6:
            pool = self.returns[member]
        thing = draw.pick(pool[-4:]) if pool else None
        if thing is None or draw.random.random() < .05:
            record["of"] = "nothing"
        else:
            record["of"] = thing["id"]
        return record

    def action(self, member):
        record = self.record("action", member, with_id=self.draw.random.random() < .5)
        record["name"] = self.draw.one("check-in", "review", "share")
        if self.draw.random.random() < .3:
            record["channel"] = self.draw.pick(CHANNELS)
        return record

    def redeem(self, member):
        draw = self.draw
        record = self.record("redeem", member)
        spendable = self.programme.spendable
        known = self.engine.known(member)
        have = known.balance("points", self.now) if known else 0
        scale = 10 ** self.programme.units["points"].decimals
        if have < 20 * scale and draw.random.random() < .5:
            return None
        if draw.random.random() < .25:
            amount = draw.one(have, have, have // 2, have + 1, 10 * scale)
            if amount <= 0:
                amount = 5 * scale
            record["points"] = self.points(amount, scale)
            if len(spendable) > 1 or draw.random.random() < .2:
                record["unit"] = "points"
        else:
            rewards = [reward["id"] for reward in self.maker.document["rewards"] if "on" not in reward or draw.random.random() < .1]
            record["reward"] = draw.pick(rewards) if draw.random.random() < .97 else "no-such"
            self.details(record, scale)
        self.name_bucket(record)
        self.redeems[member].append(record)
        return record

    def name_bucket(self, record):
        """The first day of a bucket, mostly of one that is there."""
        draw, units = self.draw.aside("named-bucket"), self.document["units"]
        if "bucket" not in units["points"] or draw.random.random() > draw.weights["named-bucket"]:
            return
        known = self.engine.known(record["member"])
        lots = known.usable_lots("points", self.now) if known else []
        days = [self.place.day(lot.bucket).isoformat() for lot in lots] or ["2026-01-01"]
        record["bucket"] = draw.pick(days) if draw.random.random() < .85 else draw.one("2026-02-01", "2025-12-01")

    def points(self, amount, scale):
        return amount // scale if amount % scale == 0 else money_text(amount, len(str(scale)) - 1)

    def details(self, record, scale):
        draw = self.draw
        if record["reward"] in ("off", "exchange") and draw.random.random() < .3:
            record["qty"] = draw.some(1, 3)
        elif record["reward"] == "off" and draw.random.random() < .2:
            record["points"] = draw.one(50, 100, 120, 200, 30)
            if len(self.programme.spendable) > 1:
                record["unit"] = "points"
        if record["reward"] == "pick":
            reward = next(one for one in self.maker.document["rewards"] if one["id"] == "pick")
            record["choice"] = draw.one("red", "blue", "black") if reward.get("count", 1) == 1 else draw.one(["red", "blue"], ["green", "red"], ["red", "red"])
        if record["reward"] == "shop":
            record["choice"] = draw.one("cup", "cup", "pot", "vase")
        if record["reward"] in ("free", "tenth") or draw.random.random() < .3:
            record["basket"] = {"amount": self.money(self.some_money()),
                                "items": [{"category": draw.pick(CATEGORIES), "amount": self.money(draw.some(200, 900))} for _ in range(draw.some(1, 2))]}

    def adjust(self, member):
        draw = self.draw
        record = self.record("adjust", member)
        unit = draw.pick(self.programme.spendable)
        record["points"] = draw.one(10, 50, -5, -20, -100, 100)
        if len(self.programme.spendable) > 1:
            record["unit"] = unit
        if draw.random.random() < .5:
            record["reason"] = "goodwill"
        return record

    def grant(self, member):
        draw = self.draw
        if not self.maker.ladder_ids or not draw.has("grant"):
            return None
        record = self.record("grant", member)
        record["tier"] = draw.pick(self.maker.levels[draw.pick(self.maker.ladder_ids)]) if draw.random.random() < .9 else "platinum"
        if draw.random.random() < .7:
            until = self.place.day(self.now) + timedelta(days=draw.one(0, 7, 30, 90))
            record["until"] = until.isoformat() if draw.random.random() < .7 else self.place.write(self.place.instant(until, (12, 0, 0, 0)))
        return record

    def leave(self, member):
        if not self.draw.has("leave"):
            return None
        if self.draw.random.random() < .8 and member in self.known:
            self.known.remove(member)
        return self.record("leave", member, with_id=False)

    def tick(self, member):
        return {"type": "tick", "at": self.stamp()}

    def other(self, member):
        return {"type": "weather", "at": self.stamp(), "member": member, "rain": True}
