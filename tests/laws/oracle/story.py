"""A member's story: every fact and posting in the order of the stream, and what can be read off it.

Nothing here is kept up to date. Lots, debts, sums and ends are told anew from the whole story each time.
"""

from fractions import Fraction
from functools import wraps

from .values import as_list

ACTIVITY = ("earned", "redeemed")


def told_once(tell):
    """Remember what the story tells until something is added to it."""
    name = tell.__name__

    @wraps(tell)
    def told(self, key):
        answers = self.answers.setdefault((name, len(self.story)), {})
        if id(key) not in answers:
            answers[id(key)] = tell(self, key)
        return answers[id(key)]

    return told


class Entry:
    """A fact or a posting. `at` is when it is dated; `date` and `rolled` are when it counts."""

    def __init__(self, kind, record, at, member=None, **more):
        self.kind = kind                # the record's type
        self.record = record            # its JSON object
        self.at = at
        self.member = member
        self.is_fact = False
        self.refused = False
        self.cancelled = False
        self.date = at                  # for calendar periods: occurred
        self.rolled = at                # for rolling periods
        self.root = None                # the fact that started the chain of groups, if one did
        self.rule = None
        self.units = {}                 # unit -> signed smallest parts
        self.moves = []                 # (lot or "debt", unit, signed smallest parts)
        self.lots = {}                  # unit -> Lot made by this posting
        self.histories = ()             # of a fact: which history conditions it met when it happened
        self.place = None               # its place in the stream
        self.past = False               # it belongs to a membership that was left
        self.owner = None               # the member in whose story it was first
        self.joined = None              # the place of the merge by which it came into another's
        self.__dict__.update(more)


class Lot:
    """Points that were earned together. `at` is when they were, `start` when their life began."""

    def __init__(self, name, unit, at, usable, start, expire, context, bucket, rule=None):
        self.name, self.unit, self.at, self.usable = name, unit, at, usable
        self.start, self.expire, self.context, self.bucket = start, expire, context, bucket
        self.rule = rule                # the earn rule whose own `pending` or `expire` it has
        self.fixed = False              # of a lot that came from another member: its end is told, not by its clocks
        self.end = None
        self.is_dead = False            # it was over before a merge
        self.gone_to = None             # the lot that it became in a merge
        self.came_from = None           # the lot that it was before one

    def present(self):
        """The lot that it has become by now."""
        return self.gone_to.present() if self.gone_to else self

    def owner(self):
        return self.context.member.key


class Term:
    """Since when something counts: a place in the stream, and others for what came from merged members."""

    def __init__(self, began, others=None):
        self.began, self.others = began, others or {}

    def holds(self, entry):
        """Does it count? What takes back counts where what it takes back did."""
        if entry.kind == "reversed" and not self.holds(entry.original):
            return False
        began = self.others.get(entry.owner, self.began)
        return began is not None and entry.place >= began


class Member:
    def __init__(self, key, programme, number, first_seen, stream):
        self.key, self.programme, self.number, self.first_seen = key, programme, number, first_seen
        self.keys = [key]               # and those that were merged into it, in that order
        self.stream = stream            # all that stands in the stream, whoever's
        self.story = []
        self.answers = {}
        self.enrolled = None            # (place, instant) of the earlier enrolment of two that were merged
        self.inherited = {}             # what only a merged member's profile said: field -> (value, since when)
        self.is_gone = False
        self.clock = None               # the latest fact of theirs, or that named them
        self.advanced = first_seen      # the agenda has run up to here
        self.firings = []
        self.ladders = {}
        self.vouchers = []
        self.forfeits = []              # (rule, unit, buckets or None) that this group forfeits
        self.reaches = []               # thresholds reached: (rule, threshold, window, cause)
        self.began = first_seen         # moments happen after this

    def add(self, entry):
        entry.place, entry.owner = self.here(), self.key
        self.stream.append(entry)
        self.story.append(entry)

    def here(self):
        """The place in the stream at which the next entry will be."""
        return len(self.stream)

    # -- the profile -------------------------------------------------------------------------------------------

    def now_story(self):
        return [entry for entry in self.story if not entry.past]

    def facts(self, kind=None):
        return [e for e in self.now_story() if e.is_fact and not e.refused and (kind is None or e.kind == kind)]

    def profile(self, field):
        value = self.inherited.get(field, (None, None))[0]
        for entry in self.facts():
            if entry.kind in ("enrol", "profile") and entry.owner == self.key and field in entry.record:
                if field != "referrer" or entry.record[field] not in self.keys:
                    value = entry.record[field]
        if field == "referrer" and value in self.keys:
            return None
        return value

    def birthday(self):
        """(month, day), if known."""
        text = self.profile("birthday")
        if not text:
            return None
        return int(text[-5:-3]), int(text[-2:])

    def known_since(self, field):
        """When the field was last stated."""
        stated = [e.at for e in self.facts() if e.kind in ("enrol", "profile") and e.owner == self.key and field in e.record]
        return stated[-1] if stated else self.inherited.get(field, (None, None))[1]

    def happenings(self, triggers):
        found = []
        for entry in self.now_story():
            if any(is_happening(entry, t, self.programme) for t in as_list(triggers)):
                if entry.kind == "enrol" and self.enrolled and entry.place <= self.enrolled[0]:
                    continue            # of two memberships that were merged, the earlier
                found.append(entry.at)
        if self.enrolled and "enrol" in as_list(triggers):
            found = sorted(found + [self.enrolled[1]])
        return found

    # -- levels ------------------------------------------------------------------------------------------------

    def level(self, ladder, upto=None):
        """The level's index, from the tier_changed postings."""
        index = 0
        story = self.story if upto is None else self.story[:upto]
        for entry in story:
            if entry.kind == "tier_changed" and entry.rule == ladder.id and entry.owner == self.key:
                index = ladder.names.index(entry.record["to"])
        return index

    # -- lots --------------------------------------------------------------------------------------------------

    def own_story(self):
        """Without what came in a merge, of which the lots and debts have become others."""
        return [entry for entry in self.story if entry.owner == self.key]

    def all_lots(self, unit=None):
        return [lot for e in self.own_story() for name, lot in e.lots.items() if unit is None or name == unit]

    def lot_named(self, name, unit, owner=None):
        """The lot that has, or had with another owner, that name: the latest to be called so."""
        lots = [lot for e in self.story if e.owner == (owner or self.key) for name_, lot in e.lots.items() if name_ == unit]
        return [lot for lot in lots if lot.name == name][-1].present()

    @told_once
    def left(self, lot):
        """What is left of a lot: what it began with, and every move since."""
        return sum(amount for entry, amount in moves_of(self.own_story(), lot))

    def debt(self, unit):
        """The debt, as a negative number or 0."""
        return sum(n for e in self.own_story() for name, u, n in e.moves if name == "debt" and u == unit)

    def debt_grew(self, unit):
        """The place in the story where the debt last grew."""
        place = -1
        for number, entry in enumerate(self.story):
            if entry.owner == self.key and any(name == "debt" and u == unit and n < 0 for name, u, n in entry.moves):
                place = number
        return place

    def place_of(self, lot):
        for number, entry in enumerate(self.story):
            if lot in entry.lots.values():
                return number
        raise KeyError(lot.name)

    def lost(self, lot):
        """What of a lot expired or was forfeited."""
        there = [e for e in self.story if e.owner == lot.owner()]
        here = -sum(n for e, n in moves_of(there, lot) if e.kind in ("expired", "forfeited"))
        return here + (self.lost(lot.came_from) if lot.came_from else 0)

    @told_once
    def end(self, lot):
        """The lot's exclusive end, and whether it was dead by the end of the story."""
        return lot_end(self, lot)

    def is_dead(self, lot, now):
        end, swept = self.end(lot)
        if self.programme.policy["sweep"] == "on-tick":
            return swept
        return end is not None and end <= now

    def usable_lots(self, unit, now):
        """Lots that can pay now, in the programme's order."""
        lots = [lot for lot in self.all_lots(unit)
                if lot.usable <= now and self.left(lot) > 0 and not self.is_dead(lot, now)]
        return self.in_order(lots)

    def pending_lots(self, unit, now):
        lots = [lot for lot in self.all_lots(unit)
                if lot.usable > now and self.left(lot) > 0 and not self.is_dead(lot, now)]
        return self.in_order(lots)

    def in_order(self, lots):
        lots = sorted(lots, key=lambda lot: lot.at)
        if self.programme.policy["lot_order"] == "oldest":
            return lots
        ends = {id(lot): self.end(lot)[0] for lot in lots}
        endless = [lot for lot in lots if ends[id(lot)] is None]
        ending = [lot for lot in lots if ends[id(lot)] is not None]
        return sorted(ending, key=lambda lot: ends[id(lot)]) + endless

    def usable(self, unit, now):
        return sum(self.left(lot) for lot in self.usable_lots(unit, now))

    def balance(self, unit, now):
        """Usable now, less debt."""
        if unit not in self.programme.spendable:
            return sum(e.units.get(unit, 0) for e in self.story)
        return self.usable(unit, now) + self.debt(unit)

    # -- sums --------------------------------------------------------------------------------------------------

    def earned(self, unit, period, now, since=None):
        """earned - reversed +- adjusted that counts in a period, looked at from `now`; and in a term, if there is one."""
        total = 0
        rolling = isinstance(period, str) and period.startswith("P") and period[1:2].isdigit()
        if self.programme.is_closed(period, now, self, self.clock):
            return total
        for entry in self.now_story():
            if entry.kind in ("earned", "reversed", "adjusted") and unit in entry.units:
                if since and not since.holds(entry):
                    continue
                happened = entry.rolled if rolling or period == "lifetime" else entry.date
                if period == "lifetime" or self.programme.periods.counts(period, happened, now, self):
                    total += entry.units[unit]
        return total

    def reversed_of(self, posting, unit):
        """What was taken back of a posting, less what a cancelled return put again."""
        return -sum(e.units.get(unit, 0) for e in self.story if e.kind == "reversed" and e.original is posting)


def moves_of(story, lot):
    """(entry, amount) of every move of a lot. Its name is its own until a later lot is called so."""
    bearer = None
    for entry in story:
        if lot.unit in entry.lots and entry.lots[lot.unit].name == lot.name:
            bearer = entry.lots[lot.unit]
        for name, unit, amount in entry.moves:
            if bearer is lot and name == lot.name and unit == lot.unit:
                yield entry, amount


def is_happening(entry, trigger, programme):
    """Is this entry one that a trigger (not a moment, not reach) names?"""
    if trigger == "redeem":
        return entry.kind == "redeemed"
    if trigger == "transfer":
        return entry.kind == "transferred" and entry.rule == trigger and "to" in entry.record
    if trigger.startswith("action:"):
        return entry.is_fact and not entry.refused and entry.kind == "action" and entry.record.get("name") == trigger[7:]
    if trigger in ("tier-up", "tier-down"):
        return tier_direction(entry, programme) == trigger
    if trigger.startswith("reward:"):
        return was_given(entry, trigger[7:], programme)
    return entry.is_fact and not entry.refused and entry.kind == trigger


def tier_direction(entry, programme):
    if entry.kind != "tier_changed" or entry.record["reason"] == "left":
        return None
    names = programme.ladder(entry.rule).names
    before, after = names.index(entry.record["from"]), names.index(entry.record["to"])
    return "tier-up" if after > before else "tier-down" if after < before else None


def was_given(entry, reward, programme):
    """A reward with a voucher is given by its `issued`, another by its `redeemed`."""
    if entry.kind == "redeemed" and entry.record.get("reward") == reward:
        return True
    if entry.rule != reward:
        return False
    return entry.kind == ("issued" if "voucher" in programme.reward[reward] else "redeemed")


# -- the end of a lot --------------------------------------------------------------------------------------------


def lot_end(member, lot):
    """Told from the lot's birth through all that touched its clock: (end, swept by a tick)."""
    programme = member.programme
    on_tick = programme.policy["sweep"] == "on-tick"
    birth = member.place_of(lot)
    levels = {ladder.id: member.level(ladder, birth) for ladder in programme.ladders}
    after, clocks = spec_of(lot, levels)
    start = latest_start(member, lot, clocks, birth)
    end = life(member, after, start)
    if lot.fixed:
        end = lot.end
    if lot.is_dead:
        return end, True
    for number in range(birth + 1, len(member.story)):
        entry = member.story[number]
        if entry.owner != member.key:
            continue                    # heard at its merge
        if entry.kind == "tick":
            if on_tick and end is not None and end <= entry.at:
                return end, True
            continue
        if lot.fixed:
            continue
        if not on_tick and end is not None and end <= entry.at:
            return end, False
        if entry.kind == "merged":
            start = latest_start(member, lot, clocks, number)
            end = life(member, after, start)
        if entry.kind == "tier_changed":
            ladder = programme.ladder(entry.rule)
            levels[ladder.id] = ladder.names.index(entry.record["to"])
            changed = spec_of(lot, levels)
            if changed != (after, clocks):
                after, clocks = changed
                start = latest_start(member, lot, clocks, number)
                end = life(member, after, start)
                if end is not None and end <= entry.at:
                    end = entry.at
                continue
        if touches(entry, clocks, lot, programme):
            start = max(start, entry.at)
            end = life(member, after, start)
    return end, False


def latest_start(member, lot, clocks, upto, own=None):
    """Where the life of a lot counts from, at a place in the story: its own start (or `own`), or a later touch of its clocks."""
    start, here = lot.start if own is None else own, member.story[upto].place
    if clocks == ["earned"]:
        return start
    for entry in member.story[:upto + 1]:
        heard = entry.owner == member.key or (entry.joined is not None and entry.joined <= here)
        if heard and touches(entry, clocks, lot, member.programme):
            start = max(start, entry.at)
    return start


def life_start(member, lot, own=None):
    """Where the life of a lot counts from now; of one whose end no clock and no level moves, when it was earned."""
    levels = {ladder.id: member.level(ladder) for ladder in member.programme.ladders}
    after, clocks = spec_of(lot, levels)
    if lot.fixed or is_fixed_at_earning(lot) or after in (None, "never", "forever"):
        return lot.at
    return latest_start(member, lot, clocks, len(member.story) - 1, own)


def touches(entry, clocks, lot, programme):
    for clock in clocks:
        if clock == "activity":
            if entry.kind in ACTIVITY and lot.unit in entry.units:
                return True
        elif clock != "earned" and is_happening(entry, clock, programme):
            return True
    return False


def spec_of(lot, levels):
    """(life, clocks) of a lot under these levels."""
    expire = lot.context.table(lot.expire, levels=levels)
    if isinstance(expire, dict):
        return lot.context.table(expire["after"], levels=levels), as_list(expire.get("since", "earned"))
    return expire, ["earned"]


def life(member, after, start):
    return member.programme.periods.life_end(after, start, member, member.programme.policy["last_day"])


def is_fixed_at_earning(lot):
    """A plain life since `earned` that no level decides."""
    seen = []
    after, clocks = None, None
    expire = lot.context.table(lot.expire, seen=seen)
    if isinstance(expire, dict):
        clocks = as_list(expire.get("since", "earned"))
        after = lot.context.table(expire["after"], seen=seen)
    else:
        after, clocks = expire, ["earned"]
    ladders = [ladder.id for ladder in lot.context.programme.ladders]
    return clocks == ["earned"] and not any(subject in ladders for subject in seen)


def total(values):
    return sum(values, Fraction(0))
