#!/usr/bin/env python3
"""generate.py --seed N [--profile basic|full] [--weight FEATURE=P]... DIRECTORY

Writes a random programme.json and facts.ndjson into DIRECTORY. Same seed and options, same bytes.

Programmes are valid and free of circles by construction: units stand in ranks (spend and nights, then points, then
stars), and what a posting causes gives only units of a higher rank than the one that it reacts to. Logs are small and
dense: few members, many equal times, amounts at and just below thresholds. The oracle runs along, so that facts can
name real vouchers and redemptions and ask for exact balances.
"""

import argparse
import json
import os
import random
import sys
from datetime import date, timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from oracle.engine import Engine  # noqa: E402
from oracle.programme import Programme  # noqa: E402
from oracle.times import UTC, Place  # noqa: E402
from oracle.values import NotSupported, money_text  # noqa: E402

ZONES = ["America/Denver", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
CATEGORIES = ["food", "drink", "gift-card"]
CHANNELS = ["store", "online"]

FACT_TRIGGERS = ["redeem", "purchase", "enrol", "action", "action:check-in"]
OWN_WINDOWS = ["membership-year", "birthday-month"]
RECHECKS = ["rules", "rules", ["rules", "tier"], ["rewards", "rules"], "tier", ["tier", "rewards"], ["rules", "tier", "rewards"]]

WEIGHTS = {
    # feature: (basic, full)
    "stars": (0, .6), "nights": (0, .4), "point-decimals": (0, .2), "pending": (0, .3), "bucket": (0, .12),
    "expire": (.8, .85), "expire-clocks": (.4, .5), "expire-tier": (0, .15), "expire-date": (0, .15), "rule-expire": (0, .15),
    "ladder": (.8, .85), "second-ladder": (0, .25), "balance-ladder": (0, .2), "grace": (0, .3), "forfeit": (0, .3),
    "tier-rate": (.8, .7), "items": (.4, .5), "tenders": (0, .25), "stop": (0, .2), "multiplier": (0, .6),
    "limit": (.5, .6), "shared-name": (.3, .5), "tier-up": (0, .5), "reach": (0, .5), "moment": (0, .6), "referral": (0, .5),
    "history": (0, .3), "action": (.5, .8), "balance-reward": (.6, .7), "voucher": (0, .6), "rest-lost": (0, .12), "as-one": (0, .25),
    "moment-reward": (0, .4), "fact-reward": (0, .3), "exchange": (0, .3), "choose": (0, .3), "catalogue": (0, .3),
    "reward-limit": (.2, .4), "policy": (.3, .35), "claims": (0, .2), "within": (0, .2), "window": (0, .3), "leave": (0, .25),
    "currency": (0, .2), "local-times": (.1, .15), "occurred": (0, .1), "grant": (0, .5),
    "lowered": (0, .25),
    # drawn aside
    "transfer": (.2, .3), "merge": (.15, .2), "shared": (.15, .25), "named-bucket": (.1, .15), "bucket-reward": (0, .15), "dry-rule": (.05, .1), "worth": (0, .35),
    "crossing-new": (.15, .25), "recheck": (0, .35), "restore-share": (0, .25), "reward-cap": (0, .3),
}


class Draw:
    def __init__(self, seed, profile, weights):
        self.name = "loyalty-%d-%s" % (seed, profile)
        self.random = random.Random(self.name)
        self.asides = {}
        column = 0 if profile == "basic" else 1
        self.weights = {name: pair[column] for name, pair in WEIGHTS.items()}
        self.weights.update(weights)
        self.full = profile == "full"

    def has(self, feature):
        return self.random.random() < self.weights[feature]

    def aside(self, feature):
        """Draws for a feature alone: they change nothing of what else is drawn."""
        if feature not in self.asides:
            draw = Draw.__new__(Draw)
            draw.__dict__.update(self.__dict__, random=random.Random(self.name + "-" + feature))
            self.asides[feature] = draw
        return self.asides[feature]

    def one(self, *of):
        return self.random.choice(of)

    def pick(self, of):
        return self.random.choice(of)

    def some(self, low, high):
        return self.random.randint(low, high)


# -- the programme -----------------------------------------------------------------------------------------------


class Maker:
    """One random programme document."""

    def __init__(self, draw):
        self.draw = draw
        self.currency = draw.one("JPY", "KWD") if draw.has("currency") else "USD"
        self.exponent = {"JPY": 0, "KWD": 3}.get(self.currency, 2)
        self.document = {"name": draw.one("Random", "Zufällig", "随机"), "timezone": draw.pick(ZONES), "currency": self.currency}
        self.wants_ladder = draw.has("ladder")
        self.spend = {"JPY": 0, "KWD": 2}.get(self.currency, 2)

    def money(self, whole, part=0):
        text = money_text(whole * 10 ** self.exponent + part, self.exponent)
        return text if self.exponent else int(text)

    def make(self):
        draw = self.draw
        aside = draw.aside("recheck")
        self.rechecks = aside.pick(RECHECKS) if aside.has("recheck") else None
        self.periods()
        self.units()
        self.limits()
        self.ladders()
        self.rules()
        self.rewards()
        self.policy()
        if not self.document["rewards"]:
            del self.document["rewards"]
        self.share()
        text = json.dumps(self.document)
        self.merges = draw.aside("merge").has("merge") and not any(own in text for own in OWN_WINDOWS)
        if draw.full and draw.random.random() < .1:
            self.document["notes"] = "drawn at random"
        return self.document

    def share(self):
        """Some limits are everybody's: those of owners that hang on facts alone."""
        aside = self.draw.aside("shared")
        if not aside.has("shared"):
            return
        owners = self.document["earn"] + self.document.get("rewards", [])
        on_facts = [owner for owner in owners if owner.get("on", "redeem") in FACT_TRIGGERS]
        if "limits" in self.document and all(owner in on_facts for owner in owners if owner.get("limit") == "cap"):
            if aside.random.random() < .5:
                self.document["limits"]["cap"]["shared"] = True
        for owner in on_facts:
            for limit in owner.get("limit", []) if isinstance(owner.get("limit"), list) else [owner.get("limit")]:
                if isinstance(limit, dict) and limit["per"] != "purchase" and aside.random.random() < .6:
                    limit["shared"] = True

    def periods(self):
        self.named = []
        if self.draw.has("window"):
            self.document["periods"] = {"season": ["01-01", "05-01", "09-01"]}
            self.named.append("season")

    def duration(self):
        return self.draw.one("P1M", "P2M", "P3M", "P30D", "P7D", "P12M", "P1Y", "P2W")

    def life(self):
        draw = self.draw
        lives = ["end-of-month", "end-of-month+P1M", "end-of-year", "end-of-quarter", "end-of-month+P1M@02:00"] if draw.full else \
            ["end-of-month+P1M", "end-of-year"]
        lives += ["end-of-" + name for name in self.named]
        return draw.pick(lives) if draw.random.random() < .5 else self.duration()

    def units(self):
        draw = self.draw
        units = {"points": self.spendable("points")}
        if draw.has("point-decimals"):
            units["points"]["decimals"] = 2
        if draw.has("stars"):
            units["stars"] = self.spendable("stars")
        units["spend"] = {"decimals": self.spend, "spendable": False} if self.spend else {"spendable": False}
        if draw.has("nights"):
            units["nights"] = {"spendable": False}
            if draw.random.random() < .3:
                units["nights"]["round_per"] = "carry"
        aside = draw.aside("bucket-reward")
        self.bucket_rewards = aside.has("bucket-reward")
        if self.bucket_rewards or draw.aside("named-bucket").has("named-bucket"):
            units["points"].setdefault("bucket", aside.one("month", "month", "quarter"))
        names = list(units)
        draw.random.shuffle(names)
        self.document["units"] = {name: units[name] for name in names}
        self.names = set(names)

    def spendable(self, name):
        draw = self.draw
        unit = {}
        if draw.has("expire"):
            unit["expire"] = self.life()
            if draw.has("expire-clocks"):
                since = ["activity", "purchase", ["purchase", "redeem"], "earned"]
                if draw.full:
                    since += ["action:check-in", ["redeem", "tier-down"] if self.wants_ladder else "redeem"]
                unit["expire"] = {"after": self.duration(), "since": draw.pick(since)}
            if draw.has("expire-date"):
                unit["expire"] = {"by": "at.date", "else": unit["expire"], draw.one("2026-04-01", "2026-07-15"): draw.one("never", self.life())}
        if draw.has("pending"):
            unit["pending"] = draw.one("P1D", "PT2H", "P7D", "end-of-day", "P1M")
        if draw.full and draw.random.random() < .2:
            unit["round"] = draw.one("up", "half-up", "half-even")
        if draw.full and draw.random.random() < .2:
            unit["round_per"] = draw.one("line", "rule", "carry", "purchase")
        if draw.has("bucket"):
            unit["bucket"] = draw.one("month", "quarter")
        return unit

    def limits(self):
        if self.draw.has("shared-name"):
            self.document["limits"] = {"cap": self.limit(True)}
        self.has_cap = "limits" in self.document

    def limit(self, units=True, amount=False):
        draw = self.draw
        per = draw.one("day", "month", "year", "lifetime", "P7D", "P1M", "week", "quarter", *self.named)
        kinds = ["times"] + (["most"] if units else []) + (["amount"] if amount else [])
        kind = draw.pick(kinds)
        limit = {kind: draw.some(1, 4) if kind == "times" else {"points": draw.one(10, 50, 100, 155)} if kind == "most"
                 else self.money(draw.one(50, 100))}
        limit["per"] = per
        if draw.full and draw.random.random() < .2:
            limit["by"] = draw.one("channel", "name")
        return limit

    def rule_limit(self, rule):
        draw = self.draw
        if not draw.has("limit"):
            return
        if self.has_cap and draw.random.random() < .5:
            rule["limit"] = "cap"
            return
        points = "points" in rule.get("give", rule.get("multiply", {}))
        limits = [self.limit(points, "per" in rule) for _ in range(draw.one(1, 1, 2))]
        rule["limit"] = limits[0] if len(limits) == 1 else limits

    # tiers

    def ladders(self):
        draw = self.draw
        self.levels, self.ladder_ids, self.rank = {}, [], {}
        ladders = []
        if self.wants_ladder:
            ladders.append(self.ladder("tier", ["base", "silver", "gold"]))
            if draw.has("second-ladder"):
                ladders.append(self.ladder("club", ["plain", "friend"]))
        if ladders:
            self.document["tiers"] = ladders[0] if len(ladders) == 1 else ladders

    def ladder(self, name, names):
        draw = self.draw
        ladder = {"id": name} if name != "tier" or draw.random.random() < .5 else {}
        unit = draw.pick([u for u in ("spend", "spend", "points", "nights") if u in self.names])
        low, high = {"spend": (100, 250), "points": (60, 200), "nights": (2, 5)}[unit]
        balance = draw.has("balance-ladder")
        if balance:
            unit, low, high = "points", 50, 150
            ladder["period"] = "balance"
        else:
            ladder["period"] = draw.one("year", "P12M", "P3M", "lifetime", "month", "quarter", *(["membership-year", "season"] if draw.full and self.named else []))
        while_met = draw.random.random() < .3
        if not while_met:
            ladder["keep"] = draw.one("end-of-year+P1Y", "P12M", "P3M", "end-of-quarter", "P30D", "forever")
            ladder["renew"] = draw.one("when-met", "at-end")
        if draw.has("grace"):
            ladder["grace"] = draw.one("P7D", "P1M")
        if draw.full and draw.random.random() < .6:
            ladder["fall"] = draw.pick(["earned", "bottom", "never"] + ([] if while_met else ["one"]))
        if draw.has("forfeit"):
            ladder["forfeit"] = draw.pick([u for u in ("points", "stars") if u in self.names])
        if draw.full and draw.random.random() < .1:
            ladder["from"] = "2026-03-01"
        amount = lambda n: self.money(n) if unit == "spend" and self.spend == self.exponent else str(n) if draw.random.random() < .5 else n
        needs = [amount(low), amount(high)]
        levels = [{"id": names[0]}]
        for level, need in zip(names[1:], needs):
            entry = {"id": level, "needs": {unit: need}}
            if not balance and draw.full and draw.random.random() < .2 and "nights" in self.names and unit != "nights":
                entry["needs"] = [entry["needs"], {"nights": 3 if need == needs[0] else 7}]
            levels.append(entry)
        ladder["levels"] = levels
        self.levels[name] = names
        self.ladder_ids.append(name)
        used = {u for entry in levels for need in ([entry["needs"]] if isinstance(entry.get("needs"), dict) else entry.get("needs", [])) for u in need}
        self.rank[name] = 1 if "points" in used else 0
        return ladder

    def rate(self):
        """A rate of points on a purchase: a number, or a table."""
        draw = self.draw
        plain = draw.one(1, 1, 2, "1.25", "0.5")
        if self.ladder_ids and draw.has("tier-rate"):
            ladder = draw.pick(self.ladder_ids)
            rates = dict(zip(self.levels[ladder], [1, "1.25", "1.5"]))
            return dict({"by": ladder}, **rates)
        if draw.full and draw.random.random() < .3:
            return draw.one({"by": "at.date", "else": 1, "2026-05-01": 2}, {"by": "channel", "online": 2, "else": plain},
                            {"by": "items.category", "food": 2, "drink": "0.5"}, {"by": "tenders.kind", "card": 1, "else": 2},
                            {"by": "basis", "0": 1, self.plain_money(50): 3}, {"by": "at.weekday", "sunday": 3, "else": 1})
        return plain

    def plain_money(self, whole):
        return money_text(whole * 10 ** self.exponent, self.exponent)

    # earn

    def rules(self):
        draw = self.draw
        rules = []
        base = {"id": "base", "on": "purchase", "give": {"points": self.rate(), "spend": 1}, "per": self.money(1)}
        if draw.has("items"):
            base["items"] = {"category": {"not": "gift-card"}}
        if draw.has("stop"):
            rules.append({"id": "first", "on": "purchase", "items": {"category": "food"}, "give": {"points": 3}, "per": self.money(1), "stop": True})
        if draw.random.random() < .2 and not isinstance(base["give"]["points"], dict):
            base["give"] = {"points": base["give"]["points"]}
            base["per_full"] = base.pop("per") if self.exponent == 0 else self.money(2)
            base.pop("per", None)
            rules.append({"id": "spend", "on": "purchase", "give": {"spend": 1}, "per": self.money(1)})
        if draw.has("tenders"):
            base["tenders"] = {"kind": draw.one("card", ["card", "cash"])}
        rules.append(base)
        if "nights" in self.names:
            rules.append({"id": "nights", "on": "purchase", "give": {"nights": 1}, "per": draw.one(1, 2), "basis": "nights"})
        if draw.has("items"):
            rules.append({"id": "drinks", "on": "purchase", "items": {"category": "drink"},
                          "give": {draw.pick(sorted(self.names & {"points", "stars"})): draw.one(1, "0.5")}, "per": self.money(draw.one(1, 3))})
        if draw.full and draw.random.random() < .3:
            rules.append({"id": "visit", "on": "purchase", "when": self.condition(), "give": {"points": draw.one(1, 5)}})
        if "stars" in self.names:
            rules.append({"id": "star", "on": "purchase", "give": {"stars": draw.one(1, 2, {"by": "amount", "0": 1, self.plain_money(50): 4})}})
        if draw.has("action"):
            rules.append({"id": "act", "on": draw.one("action", "action:check-in"),
                          "give": {"points": draw.one(5, {"by": "name", "check-in": 10, "review": 50})}})
        if draw.has("moment"):
            rules.append({"id": "moment", "on": self.moment(), "give": {draw.one("points", "spend"): draw.one(10, 25)}})
        if draw.has("referral"):
            rule = {"id": "referral", "on": draw.one("purchase", "enrol"), "to": "referrer", "give": {"points": draw.one(25, 100)}}
            if rule["on"] == "purchase":
                rule["when"] = {"history": {"on": "purchase", "count": 1}}
            rules.append(rule)
        if draw.has("tier-up"):
            for ladder in self.ladder_ids:
                if self.rank[ladder] == 0 or "stars" in self.names:
                    rule = {"id": ladder + "-bonus", "on": "tier-up", "give": {"points" if self.rank[ladder] == 0 else "stars": draw.one(7, 50)}}
                    if self.rank[ladder] == 0 and any(self.rank[other] for other in self.ladder_ids):
                        continue
                    rules.append(rule)
        if draw.has("reach"):
            unit = draw.pick([u for u in ("spend", "nights", "points") if u in self.names])
            given = "stars" if unit == "points" else "points"
            if given in self.names:
                step = {"spend": [50, 100], "nights": [1, 4], "points": [50, 120]}[unit]
                trigger = {"reach": {unit: draw.pick([step[0], step])}}
                if draw.random.random() < .4:
                    trigger["every"] = step[0]
                over = draw.one(None, "year", "quarter", "lifetime", "balance")
                if over and not (over == "balance" and unit != "points"):
                    trigger["over"] = over
                rules.append({"id": "reach", "on": trigger, "give": {given: draw.one(3, 20)}})
        for rule in rules:
            self.vary(rule)
        if self.rechecks and draw.aside("recheck").random.random() < .7:
            rules.append(self.large())
        if draw.has("multiplier"):
            for number in range(draw.one(1, 1, 2)):
                rules.append(self.multiplier(number))
        self.document["earn"] = rules

    def vary(self, rule):
        draw = self.draw
        if rule["id"] != "spend" and rule.get("to") != "referrer":
            self.rule_limit(rule)
        elif rule.get("to") == "referrer" and draw.random.random() < .5:
            rule["limit"] = {"times": draw.some(1, 3), "per": draw.one("year", "lifetime")}
        if draw.full and draw.random.random() < .1:
            rule["from"] = "2026-02-15"
        if draw.full and draw.random.random() < .1:
            rule["through"] = draw.one("2026-09-30", "2027-01-31")
        if draw.has("rule-expire") and "points" in rule["give"]:
            rule["expire"] = self.life()
        self.try_only(rule)

    def try_only(self, rule):
        aside = self.draw.aside("dry-rule")
        if rule["id"] not in ("base", "spend", "nights") and aside.has("dry-rule"):
            rule["dry_run"] = True

    def large(self):
        """A rule that a return can undo."""
        draw = self.draw.aside("recheck")
        rule = {"id": "large", "on": "purchase", "when": draw.one({"amount": {"min": self.plain_money(50)}}, {"items": {"category": "food", "count": {"min": 2}}},
                {"items": {"total": {"min": self.plain_money(40)}}}, {"any": [{"amount": {"max": self.plain_money(30)}}, {"amount": {"min": self.plain_money(75)}}]})}
        if draw.random.random() < .5:
            return dict(rule, give={"points": draw.one(10, 25)})
        if draw.random.random() < .5:
            return dict(rule, give={"points": draw.one(2, "0.5")}, per=self.money(draw.one(1, 3)))
        return dict(rule, give={"points": draw.one(5, {"by": "amount", "0": 3, self.plain_money(60): 7})}, per_full=self.money(10), stop=draw.random.random() < .3)

    def undone(self):
        """A reward that a return can undo."""
        draw = self.draw.aside("recheck")
        choices = [{"on": "purchase", "when": {"amount": {"min": self.plain_money(50)}}}, {"on": "purchase", "when": {"items": {"category": "food"}}},
                   {"on": {"reach": {"spend": [60, 120]}, "over": draw.one("year", "quarter", "P30D", "lifetime")}}]
        if self.ladder_ids:
            choices.append({"on": "tier-up"})
        reward = dict({"id": "gift"}, **draw.pick(choices))
        on_balance = any(ladder.get("period") == "balance" for ladder in self.ladder_list())
        if draw.random.random() < .4 and not on_balance and not any("bucket" in unit for unit in self.document["units"].values()):
            reward["cost"] = {"points": draw.one(10, 25)}
        reward.update(off=self.money(2), voucher={"life": draw.one("P30D", "P3M")})
        if draw.random.random() < .3:
            reward["limit"] = {"times": draw.some(1, 3), "per": draw.one("month", "purchase", "year")}
        return reward

    def multiplier(self, number):
        draw = self.draw
        rule = {"id": "times-%d" % number, "on": "purchase", "multiply": {"points": draw.one(2, 3, "1.5")}, "rules": draw.one("base", ["base"])}
        if draw.weights["lowered"] and draw.has("lowered"):
            rule["multiply"] = {"points": draw.one("0.5", 0, "0.3")}
        if draw.random.random() < .3:
            del rule["rules"]
        if self.ladder_ids and draw.random.random() < .4:
            ladder = draw.pick(self.ladder_ids)
            rule["multiply"] = {"points": {"by": ladder, self.levels[ladder][-1]: 2}}
        if draw.random.random() < .5:
            rule["when"] = self.condition()
        if draw.random.random() < .3:
            rule["items"] = {"category": draw.pick(CATEGORIES)}
        if draw.random.random() < .1:
            rule["stop"] = True
        self.rule_limit(rule)
        if isinstance(rule.get("limit"), dict) and "amount" in rule["limit"] or isinstance(rule.get("limit"), list):
            del rule["limit"]
        self.try_only(rule)
        return rule

    def condition(self):
        draw = self.draw
        choices = [{"channel": "online"}, {"amount": {"min": self.plain_money(50)}}, {"codes": "DOUBLE"}, {"at.weekday": ["saturday", "sunday"]},
                   {"at.day": {"max": 15}}, {"items": {"category": "drink"}}, {"items": {"category": "food", "count": {"min": 2}}},
                   {"channel": {"not": "online"}}, {"any": [{"channel": "store"}, {"codes": {"exists": True}}]},
                   {"balance.points": {"min": 50}}, {"earned.points": {"min": 100, "over": "month"}},
                   {"history": {"on": "purchase", "over": "P30D", "count": {"min": 2}}},
                   {"not": {"amount": {"below": self.plain_money(20)}}}, {"member.source": "friend"}]
        if self.ladder_ids:
            ladder = draw.pick(self.ladder_ids)
            choices.append({ladder: {"min": self.levels[ladder][1]}})
        return draw.pick(choices)

    def moment(self):
        moments = ["birthday", "anniversary", "start-of-month", "end-of-month", "end-of-quarter", "04-05", "12-31",
                   "purchase+P30D", "start-of-birthday-month", "birthday-P7D", "start-of-month@09:00", "11-01@01:30"]
        moments += ["end-of-" + name for name in self.named]
        return self.draw.pick(moments)

    # rewards

    def rewards(self):
        draw = self.draw
        rewards = []
        self.reward_kinds = {}
        cost = draw.one(50, 100, 40)
        rewards.append({"id": "off", "cost": {"points": cost}, "off": self.money(5)})
        if draw.has("voucher") and draw.random.random() < .4:
            rewards[0]["voucher"] = self.voucher(False)
        bucketed = [name for name in self.document["units"] if "bucket" in self.document["units"][name] and not self.bucket_rewards]
        on_balance = any(ladder.get("period") == "balance" for ladder in self.ladder_list())
        if draw.has("balance-reward"):
            unit = draw.pick(sorted(self.names & {"points", "stars"}))
            if unit not in bucketed and not (on_balance and unit == "points"):
                reward = {"id": "auto", "on": "balance", "cost": {unit: draw.one(30, 100)}, "off": self.money(10)}
                if draw.has("voucher"):
                    reward["voucher"] = self.voucher(draw.has("as-one"))
                if draw.has("rest-lost"):
                    reward["rest"] = "lost"
                if self.ladder_ids and draw.random.random() < .3:
                    ladder = draw.pick(self.ladder_ids)
                    reward["when"] = {ladder: {"min": self.levels[ladder][1]}}
                rewards.append(reward)
        if draw.has("moment-reward"):
            reward = {"id": "timely", "on": self.moment(), "off": self.money(3), "voucher": self.voucher(False)}
            if draw.random.random() < .4 and "points" not in bucketed:
                reward["cost"] = {"points": draw.one(20, 50)}
                reward["voucher"] = self.voucher(draw.random.random() < .6)
                if draw.random.random() < .5:
                    reward["limit"] = {"times": draw.some(1, 3), "per": draw.one("year", "quarter")}
            rewards.append(reward)
        if draw.has("fact-reward"):
            choices = [{"id": "hello", "on": "enrol", "benefit": "a card"},
                       {"id": "ship", "on": "purchase", "when": {"amount": {"min": self.plain_money(50)}}, "shipping": True},
                       {"id": "welcome", "on": "enrol", "percent": 10, "voucher": self.voucher(False)}]
            if self.ladder_ids:
                choices.append({"id": "up", "on": "tier-up", "benefit": "a letter"})
            rewards.append(draw.pick(choices))
        if draw.has("exchange") and "stars" in self.names:
            rewards.append({"id": "exchange", "cost": {"points": 25}, "give": {"stars": draw.one(1, 3)}})
        if draw.has("choose"):
            reward = {"id": "pick", "cost": {"points": 30}, "choose": ["red", "green", "blue"]}
            if draw.random.random() < .5:
                reward["count"] = 2
            rewards.append(reward)
        if draw.has("catalogue"):
            rewards.append({"id": "shop", "cost": {"points": {"by": "choice", "cup": 10, "pot": 75}}, "benefit": "an item",
                            "limit": {"times": 2, "per": draw.one("month", "year"), "by": "choice"}})
        if draw.full and draw.random.random() < .3:
            rewards.append({"id": "free", "cost": {"points": 20}, "item": draw.one({}, {"category": "drink"}), "up_to": self.money(6)})
        if draw.full and draw.random.random() < .3:
            rewards.append({"id": "tenth", "cost": {"points": 15}, "percent": 10, "voucher": self.voucher(False)}
                           if draw.random.random() < .5 else {"id": "tenth", "cost": {"points": 15}, "percent": "12.5"})
        for reward in rewards:
            if "limit" not in reward and draw.has("reward-limit"):
                reward["limit"] = {"times": draw.some(1, 3), "per": draw.one("day", "month", "year", "P30D", "purchase")}
            if draw.full and draw.random.random() < .1:
                reward["from"] = "2026-03-01"
            if draw.full and draw.random.random() < .1:
                reward["through"] = "2026-10-31"
        if self.rechecks and "rewards" in self.rechecks:
            rewards.append(self.undone())
            if draw.aside("recheck").random.random() < .3:
                rewards.append({"id": "more", "on": "reward:gift", "percent": 5, "voucher": {"life": "P7D"}})
        if self.has_cap and draw.aside("reward-cap").has("reward-cap"):
            for reward in rewards:
                if draw.aside("reward-cap").random.random() < .4:
                    reward["limit"] = "cap"
        draw.random.shuffle(rewards)
        self.document["rewards"] = rewards

    def ladder_list(self):
        tiers = self.document.get("tiers", [])
        return tiers if isinstance(tiers, list) else [tiers]

    def voucher(self, as_one):
        draw = self.draw
        voucher = {"life": draw.one("P30D", "P7D", "end-of-month", "forever", "P3M", "PT12H")}
        if as_one:
            voucher["as_one"] = True
        if draw.random.random() < .2:
            voucher["pending"] = draw.one("P1D", "PT1H")
        if draw.random.random() < .2:
            voucher["when"] = {"amount": {"min": self.plain_money(20)}}
        if draw.random.random() < .15:
            voucher["alone"] = True
        aside = draw.aside("worth")
        if aside.has("worth"):
            voucher["worth"] = aside.one(2, "0.5", "1.333", {"by": "channel", "online": "1.5"}, {"by": "at.date", "else": 3, "2026-05-01": 2},
                                         {"by": "amount", "0": 1, self.plain_money(50): "0.75"})
        return voucher

    def policy(self):
        draw = self.draw
        policy = {}
        switches = {"last_day": ["whole", "before", "instant"], "round": ["down", "up", "half-up", "half-even"], "round_per": ["purchase", "rule"],
                    "overdrawn": ["negative", "debt", "waived"], "lot_order": ["expiring", "oldest"]}
        if draw.full:
            switches["round_per"] += ["line", "carry"]
            switches.update({"sweep": ["at-once", "on-tick"], "restore": ["original", "new", "lost"],
                             "earn_on_redeeming": ["remainder", "all", "nothing"], "if_short": ["refuse", "clamp"],
                             "life_from": ["earned", "usable"], "multipliers": ["compound", "add", "best"], "leave": ["forfeit", "keep"]})
        for key, values in switches.items():
            if draw.has("policy"):
                policy[key] = draw.pick(values)
        returns = {}
        if draw.has("within"):
            returns["within"] = draw.one("P14D", "P60D")
        if draw.full and draw.random.random() < .3:
            returns["over"] = draw.one("refuse", "cap")
        if self.rechecks:
            returns["recheck"] = self.rechecks
        if draw.aside("restore-share").has("restore-share"):
            returns["restore"] = "share"
        if returns:
            policy["returns"] = returns
        if draw.has("claims"):
            policy["claims"] = {"within": "P14D", "limit": {"times": 2, "per": "day"}}
        if draw.full and draw.random.random() < .15:
            policy["basis"] = draw.one("amount", ["merchandise", "tax"])
        if draw.aside("crossing-new").has("crossing-new") and not any(self.rank.values()):
            policy["crossing"] = "new"
        self.moves_points = draw.aside("transfer").has("transfer")
        if self.moves_points and draw.aside("transfer").random.random() < .8:
            policy["transfer"] = draw.aside("transfer").one("keep-lots", "keep-lots", "new-lots", "new-lots", "no")
        if policy:
            self.document["policy"] = policy


# -- the log -----------------------------------------------------------------------------------------------------


class Logger:
    """A random log; the oracle runs along so that facts can be pointed at what really is there."""

    def __init__(self, draw, maker):
        self.draw, self.maker = draw, maker
        self.document = maker.document
        self.text = json.dumps(maker.document, ensure_ascii=False)
        self.programme = Programme(self.text)
        self.engine = Engine(self.programme)
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


def generate(seed, profile="full", weights=None):
    """(programme text, lines, the oracle's ledger as a function of the digest; None where it gave up)."""
    draw = Draw(seed, profile, weights or {})
    maker = Maker(draw)
    document = maker.make()
    logger = Logger(draw, maker)
    lines = logger.make(draw.some(20, 80))
    if draw.random.random() < .7:
        last = logger.now + timedelta(days=draw.one(1, 40, 400, 800))
        lines.append(json.dumps({"type": "tick", "at": logger.place.write(last)}, separators=(",", ":")))
        if not logger.gave_up:
            logger.engine.take(lines[-1])
    ledger = None if logger.gave_up else logger.engine.ledger
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n", lines, ledger


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--profile", choices=["basic", "full"], default="full")
    options.add_argument("--weight", action="append", default=[])
    options.add_argument("directory")
    given = options.parse_args()
    weights = {name: float(value) for name, value in (pair.split("=") for pair in given.weight)}
    programme, lines, ledger = generate(given.seed, given.profile, weights)
    os.makedirs(given.directory, exist_ok=True)
    with open(os.path.join(given.directory, "programme.json"), "w", encoding="utf-8") as file:
        file.write(programme)
    with open(os.path.join(given.directory, "facts.ndjson"), "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
