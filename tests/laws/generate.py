#!/usr/bin/env python3
"""generate.py --seed N [--profile basic|full] [--weight FEATURE=P]... DIRECTORY

Writes a random programme.json and facts.ndjson into DIRECTORY. Same seed and options, same bytes.

Programmes are valid and free of circles by construction: units stand in ranks (spend and nights, then points, then
stars), and what a posting causes gives only units of a higher rank than the one that it reacts to. random_log.py
makes the log.
"""

import argparse
import json
import os
import random
import sys
from datetime import date, timedelta

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from oracle.values import money_text  # noqa: E402
from random_log import CATEGORIES, Logger  # noqa: E402

ZONES = ["America/Denver", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]

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
    "again": (0, 0),    # asked for by itself: --weight again=.5
    "late": (.12, .18), "late-months": (.3, .4), "crossing-new": (.15, .25), "recheck": (0, .35), "restore-share": (0, .25), "reward-cap": (0, .3),
}


class Draw:
    def __init__(self, seed, profile, weights):
        self.name = "loyalty-%d-%s" % (seed, profile)
        self.random = random.Random(self.name)
        self.asides = {}
        column = 0 if profile == "basic" else 1
        self.weights = {name: pair[column] for name, pair in WEIGHTS.items()}
        unknown = sorted(set(weights) - set(WEIGHTS))
        if unknown:
            raise SystemExit("there is no feature %s; there are %s" % (", ".join(unknown), ", ".join(sorted(WEIGHTS))))
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


def generate(seed, profile="full", weights=None):
    """(programme text, lines, whether some come late, the oracle's ledger as a function of the digest; None where it gave up)."""
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
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n", lines, logger.late, ledger


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--profile", choices=["basic", "full"], default="full")
    options.add_argument("--weight", action="append", default=[])
    options.add_argument("directory")
    given = options.parse_args()
    weights = {name: float(value) for name, value in (pair.split("=") for pair in given.weight)}
    programme, lines, late, ledger = generate(given.seed, given.profile, weights)
    os.makedirs(given.directory, exist_ok=True)
    with open(os.path.join(given.directory, "programme.json"), "w", encoding="utf-8") as file:
        file.write(programme)
    with open(os.path.join(given.directory, "facts.ndjson"), "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
