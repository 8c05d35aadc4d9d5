"""The programme document, with its defaults filled in. It is taken to be valid."""

from .times import Periods, Place, is_duration, together
from .values import EXPONENTS, NotSupported, as_list, number, read_json

POLICY = {
    "last_day": "whole", "round": "down", "round_per": "purchase", "crossing": "old", "overdrawn": "negative",
    "sweep": "at-once", "lot_order": "expiring", "restore": "original", "earn_on_redeeming": "remainder",
    "if_short": "refuse", "life_from": "earned", "basis": "merchandise", "multipliers": "compound",
    "returns": {}, "claims": {}, "transfer": "keep-lots", "leave": "forfeit", "repeats": "P35D",
}


class Unit:
    def __init__(self, name, spec, policy):
        self.name = name
        self.decimals = spec.get("decimals", 0)
        self.spendable = spec.get("spendable", True)
        self.round = spec.get("round", policy["round"])
        self.round_per = spec.get("round_per", policy["round_per"])
        self.pending = spec.get("pending")
        self.expire = spec.get("expire", "never")
        self.bucket = spec.get("bucket")

    def smallest(self, value):
        """An exact number of the unit, in its smallest parts."""
        return number(value) * 10 ** self.decimals


class Ladder:
    def __init__(self, spec):
        self.id = spec.get("id", "tier")
        self.spec = spec
        self.levels = spec["levels"]
        self.names = [level["id"] for level in self.levels]
        self.renew = spec.get("renew", "when-met")
        self.grace = spec.get("grace")
        self.fall = spec.get("fall", "earned")
        self.forfeit = as_list(spec.get("forfeit"))
        periods = [self.period(index) for index in range(len(self.levels))]
        self.on_balance = "balance" in periods
        if self.on_balance and set(periods) != {"balance"}:
            raise NotSupported("a ladder partly over the balance")

    def period(self, index):
        return self.levels[index].get("period", self.spec.get("period", "lifetime"))

    def keep(self, index):
        return self.levels[index].get("keep", self.spec.get("keep", "while-met"))

    def needs(self, index):
        return as_list(self.levels[index].get("needs"))

    def units(self):
        return {unit for index in range(len(self.levels)) for need in self.needs(index) for unit in need}


class Programme:
    def __init__(self, text):
        spec = read_json(text)
        self.spec = spec
        self.name = spec["name"]
        self.place = Place(spec["timezone"])
        self.exponent = EXPONENTS.get(spec["currency"], 2)
        self.periods = Periods(self.place, spec.get("periods", {}))
        self.policy = dict(POLICY)
        self.policy.update(spec.get("policy", {}))
        self.units = {name: Unit(name, unit, self.policy) for name, unit in spec.get("units", {}).items()}
        self.spendable = [unit.name for unit in self.units.values() if unit.spendable]
        self.rules = spec.get("earn", [])
        self.ladders = [Ladder(ladder) for ladder in as_list(spec.get("tiers"))]
        self.rewards = spec.get("rewards", [])
        self.reward = {reward["id"]: reward for reward in self.rewards}
        self.limits = spec.get("limits", {})
        inline = [limit for owner in self.rules + self.rewards for limit in as_list(owner.get("limit"))]
        self.is_shared = any(isinstance(limit, dict) and limit.get("shared") for limit in inline + list(self.limits.values()))
        named = [{limit for owner in owners for limit in as_list(owner.get("limit")) if isinstance(limit, str)}
                 for owners in (self.rules, self.rewards)]
        self.mixed_limits = named[0] & named[1]     # of rules and rewards together
        self.histories = self.history_conditions()
        returns = self.policy["returns"]
        self.rechecks = set(as_list(returns.get("recheck")))
        self.restores_share = returns.get("restore", "none") == "share"

    def is_closed(self, period, instant, member, clock):
        """Is the window around an instant over so long by a clock that it counts nothing any more, whatever comes late?"""
        claims, returns = self.policy["claims"].get("within"), self.policy["returns"].get("within")
        if clock is None or claims is None or returns is None or period == "lifetime" or is_duration(period):
            return False
        window = self.periods.window(period, instant, member)
        if window is None or window[1] is None:
            return False
        end = window[1]
        for lasts in (claims, together(returns, self.policy["repeats"])):
            end = self.periods.life_end(lasts, end, member, self.policy["last_day"])
        return end < clock

    def ladder(self, name):
        for ladder in self.ladders:
            if ladder.id == name:
                return ladder
        return None

    def limits_of(self, owner, path):
        """(key, limit, how it is called) of a rule or reward."""
        stated = owner.get("limit")
        found = []
        for number_, limit in enumerate(as_list(stated)):
            if isinstance(limit, str):
                found.append((limit, self.limits[limit], limit))
            else:
                name = path + ".limit" + ("[%d]" % number_ if isinstance(stated, list) else "")
                found.append((name, limit, name))
        return found

    def moments(self):
        """Every moment that some rule or reward is on, as written, in order of first mention."""
        found = []
        for owner in self.rules + self.rewards:
            for trigger in as_list(owner.get("on")):
                if isinstance(trigger, str) and is_moment(trigger) and trigger not in found:
                    found.append(trigger)
        return found

    def history_conditions(self):
        """Every history condition in the document."""
        found = []

        def look(value):
            if isinstance(value, dict):
                for key, part in value.items():
                    if key == "history":
                        found.append(part)
                    look(part)
            elif isinstance(value, list):
                for part in value:
                    look(part)

        look(self.spec)
        return found


FACTS = ["enrol", "profile", "purchase", "return", "cancel", "action", "redeem", "adjust", "grant", "transfer", "merge",
         "leave"]
OTHER_TRIGGERS = ["tier-up", "tier-down", "balance", "choice"]


def is_fact_trigger(trigger):
    return trigger in FACTS or trigger.startswith("action:")


def is_moment(trigger):
    return not (is_fact_trigger(trigger) or trigger in OTHER_TRIGGERS or trigger.startswith("reward:"))
