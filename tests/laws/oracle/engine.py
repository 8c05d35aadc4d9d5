"""The stream: facts in, their due dates and groups worked through, the ledger out."""

from . import agenda, earn, expire, redeem, returns, tier, transfer
from .conditions import Context
from .programme import FACTS
from .story import Entry, Member, is_happening, was_given
from .times import EPSILON, is_duration
from .values import NotSupported, as_list, json_line, number, read_json, written

COUNTED = FACTS[:] + ["tick"]
POSTED = ["earned", "reversed", "adjusted", "tier_changed", "redeemed", "restored", "transferred", "settled", "waived",
          "issued", "used", "voided", "expired", "forfeited", "refused", "tried"]


GIVING = ("earned", "adjusted", "redeemed", "restored", "transferred")    # may make lots, which have their ids as names

NAMING = {"transfer": ["to"], "merge": ["into"], "enrol": ["referrer"], "profile": ["referrer"]}


class Cause:
    """What a group is about: a fact, a posting, or a due date."""

    def __init__(self, member, kind, name, at_text, at, now, date, record, entry=None, root=None, trigger=None):
        self.member, self.kind, self.name = member, kind, name
        self.key = member.key           # of a fact the key that it has, which may have been merged into the member's
        self.at_text, self.at, self.now, self.date = at_text, at, now, date
        self.record, self.entry, self.root = record, entry, root
        self.trigger = trigger          # of a due date: the moment, `tier`, `expire`, `usable`
        self.is_due = trigger is not None
        self.is_look = trigger == "tier"    # or follows from a look at the levels
        self.is_fact = entry is not None and entry.is_fact
        self.programme = member.programme
        self.origin = self              # the first of the chain of groups

    def context(self):
        return Context(self.programme, self.member, self.record, self.now, self.date, self.at)


class Engine:
    def __init__(self, programme, posts_late=False):
        self.programme = programme
        self.posts_late = posts_late    # a fact that comes late is posted at the clock, else it is no log
        self.ticked = None
        self.clocks = {}                # key -> the latest fact of a member
        self.members = {}
        self.merged = {}                # key -> the key that it was merged into
        self.stream = []                # every entry of every story
        self.firings = []               # everybody's
        self.lines = []
        self.postings = []
        self.counts = {}
        self.sums = {unit: 0 for unit in programme.units}
        self.ids = {}
        self.repeats = 0
        self.seen = {}
        self.waiting = []
        self.now_by = None

    # -- the stream --------------------------------------------------------------------------------------------

    def run(self, lines, digest, as_of=None):
        for line in lines:
            if line.strip():
                self.take(line.rstrip("\n"))
        if as_of is not None:
            self.take(json_line({"type": "tick", "at": as_of}))
        return self.ledger(digest)

    def ledger(self, digest):
        """Everything so far, in its frame."""
        deciders = ["earn", "tier", "redeem", "expire"]
        begin = {"type": "begin", "version": 1, "programme": self.programme.name, "digest": digest, "deciders": deciders}
        if self.posts_late:
            begin["late"] = "post"
        counts = {name: self.counts[name] for name in COUNTED + POSTED + ["other"] if name in self.counts}
        sums = {unit: written(amount, self.programme.units[unit].decimals) for unit, amount in self.sums.items()}
        end = {"type": "end", "counts": counts, "units": sums, "repeats": self.repeats, "rejected": 0}
        return [json_line(begin)] + self.lines + [json_line(end)]

    def count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def take(self, line):
        record = read_json(line)
        kind = record.get("type")
        if kind not in COUNTED:
            self.lines.append(line)
            self.count("other")
            return
        key = (record.get("member"), record["id"] if "id" in record else line)
        if self.seen.get(key) == line:
            self.repeats += 1
            return
        self.seen[key] = line
        stated = self.programme.place.read(record["at"])
        at = self.clock(record, stated)
        if at > stated and not self.posts_late:
            raise ValueError("out of order: " + line)
        self.count(kind)
        if kind == "tick":
            self.ticked = at
            self.lines.append(line)
            for member in list(self.members.values()):
                self.pass_time(member, at, tick=True)
            return
        member = self.member(record["member"], at)
        self.pass_time(member, at)
        self.lines.append(line)
        self.fact(member, record, at, stated)

    def clock(self, record, stated):
        """When a fact happens: when it says, or now, where some of those whom it moves are later already."""
        clocks = [stated] + ([self.ticked] if self.ticked else [])
        if record["type"] == "tick":
            return max(clocks)
        key = self.resolved(record["member"])
        member = self.members.get(key)
        if member is not None and not (member.is_gone and record["type"] == "enrol"):
            others = self.named(member, record, self.clocks[key])
        else:
            others = [self.resolved(record[name]) for name in NAMING.get(record["type"], []) if record.get(name)]
        clocks += [self.clocks[name] for name in [key] + others if name in self.clocks]
        if self.programme.is_shared:
            clocks += self.clocks.values()
        return max(clocks)

    def resolved(self, key):
        """The key that a key stands for, after merges."""
        while key in self.merged:
            key = self.merged[key]
        return key

    def forget(self, old, new):
        del self.members[old.key]
        self.merged[old.key] = new.key

    def member(self, key, at):
        key = self.resolved(key)
        if key not in self.members:
            self.members[key] = Member(key, self.programme, len(self.members), at, self.stream)
            self.members[key].forfeits = []
            self.members[key].began = at
        return self.members[key]

    def known(self, key):
        return self.members.get(self.resolved(key))

    # -- facts -------------------------------------------------------------------------------------------------

    def fact(self, member, record, at, stated):
        kind = record["type"]
        date = self.programme.place.read(record["occurred"]) if "occurred" in record else stated
        entry = Entry(kind, record, at, member, is_fact=True, date=date, rolled=at, root=None, returns=[],
                      back_lines={}, back_amount=0, redemption=[], sale=None, stated=stated)
        entry.root = entry
        text = record["at"] if at == stated else self.programme.place.write(at)
        cause = Cause(member, kind, record.get("id", kind + "@" + text), text, at, at, date, record, entry, entry)
        self.clocks[member.key] = member.clock = at
        cause.key = record["member"]
        is_left = member.is_gone and kind != "enrol"
        why = "left" if is_left else earn.refusal(self, cause) or transfer.refusal(self, cause)
        entry.refused = why is not None
        if member.is_gone and not why:
            self.begin_anew(member, at)
        for other in self.named(member, record, at):
            self.pass_time(self.member(other, at), at)
            self.clocks[other] = self.known(other).clock = at
        if kind == "merge" and not why:
            cause.member = entry.member = self.known(record["into"])
            transfer.join(self, cause, member, cause.member)
            member = cause.member
        member.add(entry)
        if kind == "leave" and not entry.refused:
            member.is_gone = True
        entry.histories = {id(condition) for condition in self.programme.histories
                           if not entry.refused and self.is_history(cause, condition)}
        if why:
            self.refuse(cause, kind, why)
        self.work(cause)

    def begin_anew(self, member, at):
        """A new enrol after a leave starts bare; lots, debt and vouchers stay."""
        member.is_gone = False
        for entry in member.story:
            entry.past = True
        member.inherited, member.enrolled = {}, None
        member.began = at
        member.firings = []
        member.ladders = {}
        member.reaches = []

    def named(self, member, record, at):
        """Other members that a fact names: the referrer it states, whom a rule on it pays, whom what it takes back was paid."""
        stated = record.get("referrer") if record["type"] in ("enrol", "profile") else None
        if stated and self.resolved(stated) == member.key:
            stated = None               # nobody refers themself
        names = [record[key] for kind, key in (("transfer", "to"), ("merge", "into")) if record["type"] == kind]
        names += [stated] if stated else []
        probe = Entry(record["type"], record, None, member, is_fact=True)
        for rule in self.programme.rules:
            if rule.get("to") == "referrer":
                hangs = any(isinstance(t, str) and is_happening(probe, t, self.programme) for t in as_list(rule["on"]))
                begins = member.is_gone and record["type"] == "enrol"
                referrer = stated or (None if begins else member.profile("referrer"))
                if hangs and referrer and referrer not in names:
                    names.append(referrer)
        if record["type"] in ("return", "cancel") and not member.is_gone:
            thing = returns.cancelled_thing(member, record["of"], at, record["member"])
            sale = thing.sale if thing is not None and thing.kind == "return" else thing
            if sale is not None:
                names += [posting.member.key for posting in returns.all_of_sale(self, sale)]
        return [name for name in dict.fromkeys(self.resolved(name) for name in names) if name != member.key]

    def is_history(self, cause, condition):
        """Does a fact (or a redeemed posting) match a history condition, as it happens?"""
        if not any(is_happening(cause.entry, trigger, self.programme) for trigger in as_list(condition["on"])):
            return False
        return cause.context().holds(condition.get("when"))

    # -- time --------------------------------------------------------------------------------------------------

    def pass_time(self, member, upto, tick=False):
        """Work through all that is due for a member up to and including an instant."""
        done, after, ticked = set(), member.advanced, False
        while True:
            coming = [one for one in agenda.due(self, member, after, upto) if one not in done]
            if tick and not ticked and not (coming and coming[0][:2] < (upto, agenda.EXPIRE)):
                ticked = True
                member.add(Entry("tick", {}, upto, member))
                if self.programme.policy["sweep"] == "on-tick" and expire.dead_lots(member, upto):
                    self.due_group(member, upto, agenda.EXPIRE, "expire")
                continue
            if not coming:
                break
            done.add(coming[0])
            instant, kind, number_, name = coming[0]
            self.due_group(member, instant, kind, name)
        member.advanced = max(member.advanced, upto)

    def due_group(self, member, instant, kind, name):
        text = self.programme.place.write(instant)
        now = instant - EPSILON if kind in (agenda.CLOSING, agenda.TIER) else instant
        self.work(Cause(member, "due", name + "@" + text, text, instant, now, now, {"at": text}, trigger=name))

    # -- groups ------------------------------------------------------------------------------------------------

    def work(self, cause):
        """The group of a cause, and then those of its postings, first in, first out."""
        waiting = [cause]
        while waiting:
            cause = waiting.pop(0)
            first = len(self.postings)
            if cause.trigger == "tier":
                tier.decide(self, cause)
                if len(self.postings) == first:
                    continue            # a look that finds nothing is no group
                redeem.decide(self, cause)
                expire.decide(self, cause)
            else:
                for decider in (earn, tier, redeem, expire):
                    decider.decide(self, cause)
            for posting in self.postings[first:]:
                if posting.kind in ("refused", "tried") or is_farewell(posting):
                    continue            # it changes nothing else
                further = Cause(posting.member, posting.kind, posting.id, cause.at_text, cause.at, cause.now,
                                cause.date, posting.record, posting, cause.root)
                further.is_look = cause.is_look
                further.origin = cause.origin
                waiting.append(further)

    def matches(self, cause, rule, place):
        return self.matches_of(cause, rule, as_list(rule["on"]), ("earn", place))

    def matches_of(self, cause, owner, triggers, place):
        """How many times the triggers of a rule or reward are met by this cause."""
        count = 0
        for trigger in triggers:
            if isinstance(trigger, dict):
                count += self.reached(cause, trigger, place)
            elif cause.is_due:
                count += trigger == cause.trigger
            elif is_happening(cause.entry, trigger, self.programme):
                return count + 1
        return count

    # -- reach -------------------------------------------------------------------------------------------------

    def reached(self, cause, trigger, place):
        """How many thresholds this posting reaches that were not reached before."""
        over = trigger.get("over", "lifetime")
        unit, stated = next(iter(trigger["reach"].items()))
        if cause.is_fact or (cause.is_due and not (over == "balance" and cause.trigger == "usable")):
            return 0
        scale = self.programme.units[unit]
        thresholds = [scale.smallest(n) for n in as_list(stated)]
        every = scale.smallest(trigger["every"]) if "every" in trigger else None
        before, after, window = self.levels_of(cause, unit, over)
        if after <= before:
            return 0
        while every and thresholds[-1] + every <= after:
            thresholds.append(thresholds[-1] + every)
        count = 0
        for threshold in thresholds:
            if not before < threshold <= after:
                continue
            if over != "balance":
                if self.was_reached(cause, place, threshold, window):
                    continue
                cause.member.reaches.append((place, threshold, window, cause, count))
            count += 1
        return count

    def levels_of(self, cause, unit, over):
        """(before, after, window): the count just before and just after a posting."""
        member = cause.member
        if over == "balance":
            if cause.is_due:
                return member.balance(unit, cause.now - EPSILON), member.balance(unit, cause.now), None
            story = member.story
            at = story.index(cause.entry)
            member.story = story[:at]
            before = member.balance(unit, cause.now)
            member.story = story[:at + 1]
            after = member.balance(unit, cause.now)
            member.story = story
            return before, after, None
        if cause.kind not in ("earned", "adjusted", "reversed") or unit not in cause.entry.units:
            return 0, 0, None
        story = member.story
        member.story = story[:story.index(cause.entry) + 1]
        rolls = is_duration(over)
        after = member.earned(unit, over, cause.entry.rolled if rolls else cause.entry.date)
        member.story = story
        window = self.programme.periods.window(over, cause.entry.date, member) if over != "lifetime" and not rolls else over
        return after - cause.entry.units[unit], after, window

    def was_reached(self, cause, place, threshold, window):
        for where, number_, when, by, count in cause.member.reaches:
            if (where, number_, when) == (place, threshold, window) and by is not cause:
                if is_duration(window) and not self.programme.periods.counts(window, by.now, cause.now, cause.member):
                    continue            # once in a rolling period
                if self.still_stands(place, by, count):
                    return True
        return False

    def still_stands(self, place, by, count):
        """Did reaching a threshold bring its posting, and was that not wholly taken back?"""
        if place[0] == "earn":
            rule = self.programme.rules[place[1]]["id"]
            brought = [p for p in self.postings if p.kind == "earned" and p.rule == rule and p.record["of"] == by.name and p.at == by.at]
        else:
            rule = self.programme.rewards[place[1]]["id"]
            brought = [p for p in self.postings if was_given(p, rule, self.programme) and p.record["of"] == by.name and p.at == by.at]
        if count >= len(brought):
            return False
        posting = brought[count]
        return posting.kind != "earned" or any(posting.member.reversed_of(posting, u) != n for u, n in posting.units.items())

    # -- postings ----------------------------------------------------------------------------------------------

    def new(self, cause, member, kind, rule, units=None):
        """A posting of this group, not posted yet."""
        posting = Entry(kind, {}, cause.at, member, rule=rule, date=cause.date, rolled=cause.now, root=cause.root,
                        original=None, waivable={}, waived_of={}, shares=[], contribution=None, firing=None, voucher=None,
                        of_chain=not cause.is_fact)
        by = cause.key if member.key != cause.key else None
        name = cause.name + ":" + rule + (":" + by if by else "")
        posting.id = self.id_of(cause, member, kind, name)
        posting.record = {"type": kind, "id": posting.id, "at": cause.at_text, "member": member.key}
        if by:
            posting.record["by"] = by
        posting.record["of"] = cause.name
        posting.record["rule"] = rule
        if units:
            self.set_units(posting, units)
        return posting

    def id_of(self, cause, member, kind, name):
        """The name, numbered within its group (of facts without id: of their instant); names of lots and of vouchers are passed over."""
        group = None if cause.is_fact and "id" not in cause.record else cause
        used = self.ids.get((member.key, name, group), 0) + 1
        while self.is_taken(member, kind, numbered(name, used), cause.at):
            used += 1
        self.ids[member.key, name, group] = used
        return numbered(name, used)

    def is_taken(self, member, kind, name, at):
        if kind == "issued":
            return bool(redeem.vouchers_called(self, member, name, at))
        return kind in GIVING and redeem.is_lots_name(self, member, name)

    def set_units(self, posting, units):
        posting.units = {unit: units[unit] for unit in self.programme.units if units.get(unit)}
        if posting.units:
            posting.record["units"] = self.units_text(posting.units)

    def units_text(self, units):
        return {unit: written(units[unit], self.programme.units[unit].decimals)
                for unit in self.programme.units if unit in units}

    def lots_text(self, moves):
        """{lot: {unit: n}}, lots in the order they were taken."""
        shown = {}
        for lot, unit, amount in moves:
            here = shown.setdefault(lot, {})
            here[unit] = here.get(unit, 0) + amount
        return {lot: self.units_text(units) for lot, units in shown.items()}

    def post(self, posting):
        posting.member.add(posting)
        self.postings.append(posting)
        self.lines.append(json_line(posting.record))
        self.count(posting.kind)
        for unit, amount in posting.units.items():
            self.sums[unit] += amount
        if posting.kind == "redeemed" or is_happening(posting, "transfer", self.programme):
            cause = Cause(posting.member, posting.kind, posting.id, posting.record["at"], posting.at, posting.rolled,
                          posting.date, posting.record, posting, posting.root)
            posting.histories = {id(c) for c in self.programme.histories if self.is_history(cause, c)}

    def refuse(self, cause, rule, why, short=None, whole=True):
        if whole:
            cause.entry.refused = True
            cause.entry.histories = ()
        posting = self.new(cause, cause.member, "refused", rule)
        posting.record["why"] = why
        if short:
            posting.record["short"] = self.units_text(short)
        self.post(posting)

    def plain_context(self, member, now):
        return Context(self.programme, member, {}, now, now, now)


def numbered(name, number_):
    return name if number_ == 1 else "%s#%d" % (name, number_)


def is_farewell(posting):
    """What a merge takes from the old key: nobody is left there for whom it could be a cause."""
    return posting.kind == "transferred" and posting.rule == "merge" and "to" in posting.record


__all__ = ["Engine", "number"]
