"""Between members: what a transfer moves, and a merge, after which one member has been two."""

from fractions import Fraction

from .conditions import Context
from .earn import make_lots
from .limits import Firing
from .redeem import pay, payable
from .story import Entry, Lot, Term, is_fixed_at_earning, life_start
from .tier import Standing, standing


def refusal(engine, cause):
    """Why a transfer or merge is refused by what is known before anything is decided, or None."""
    if cause.kind not in ("transfer", "merge"):
        return None
    other = engine.resolved(cause.record["to" if cause.kind == "transfer" else "into"])
    if other == cause.member.key:
        return "self-" + cause.kind
    if cause.kind == "transfer" and engine.programme.policy["transfer"] == "no":
        return "not-allowed"
    receiver = engine.known(other)
    if receiver is not None and receiver.is_gone:
        return "receiver-left"
    return None


# -- transfer ----------------------------------------------------------------------------------------------------


def transfer(engine, cause):
    programme, record, giver = engine.programme, cause.record, cause.member
    receiver = engine.known(record["to"])
    unit = record.get("unit", programme.spendable[0])
    amount = int(programme.units[unit].smallest(record["points"]))
    have = payable(engine, cause, unit)
    if have < amount:
        engine.refuse(cause, "transfer", "balance", short={unit: amount - have})
        return
    moves = pay(engine, cause, {unit: amount})
    taken = [(Carried(giver, giver.lot_named(name, unit), cause.now), -n) for name, unit, n in moves]
    posting = engine.new(cause, giver, "transferred", "transfer", units={unit: -amount})
    posting.moves = moves
    posting.record["lots"] = engine.lots_text(moves)
    posting.record["to"] = receiver.key
    engine.post(posting)
    if programme.policy["transfer"] == "new-lots":
        posting = engine.new(cause, receiver, "transferred", "transfer", units={unit: amount})
        make_lots(engine, cause, posting, {}, cause.context())
        engine.post(posting)
        return
    for carried, here in taken:
        posting = engine.new(cause, receiver, "transferred", "transfer", units={unit: here})
        carried.arrive(engine, posting, cause.now)
        engine.post(posting)


class Carried:
    """A lot as it goes to another member: what it takes along."""

    def __init__(self, giver, lot, now):
        self.lot, self.is_dead = lot, giver.is_dead(lot, now) and not giver.left(lot)
        self.start, self.end = life_start(giver, lot), giver.end(lot)[0]
        # The life of what is pending is to come: until then it is as old as it was earned.
        self.earned = life_start(giver, lot, lot.at) if lot.usable > now else self.start
        self.is_fixed = lot.fixed or is_fixed_at_earning(lot)

    def made(self, name, receiver):
        """The lot that it becomes."""
        lot, programme = self.lot, receiver.programme
        bucket = programme.units[lot.unit].bucket
        born = Context(programme, receiver, lot.context.record, self.earned, self.earned, self.earned)
        new = Lot(name, lot.unit, self.earned, lot.usable, self.start, lot.expire, born,
                  programme.place.calendar(bucket, self.earned)[0] if bucket else None, lot.rule)
        new.fixed, new.end, new.is_dead = self.is_fixed, self.end, self.is_dead
        return new

    def arrive(self, engine, posting, now, name=None):
        """Make it a lot of a posting of the receiver, which says what was fixed."""
        unit, write = self.lot.unit, engine.programme.place.write
        new = self.made(name or posting.id, posting.member)
        posting.lots[unit] = new
        posting.moves.append((new.name, unit, posting.units[unit]))
        if self.lot.usable > now:
            posting.record["usable"] = {unit: write(self.lot.usable)}
        if self.is_fixed and self.end is not None:
            posting.record["until"] = {unit: write(self.end)}
        posting.record["earned"] = {unit: write(self.earned)}
        if self.lot.rule:
            posting.record["earned_by"] = self.lot.rule


# -- merge -------------------------------------------------------------------------------------------------------


def join(engine, cause, old, new):
    """By the fact itself: everything but lots and debts. Stories in the order of the stream, told as one from here on."""
    enrolled = [one.happenings("enrol")[-1] for one in (old, new) if one.happenings("enrol")]
    cause.lots = [(lot, Carried(old, lot, cause.now), old.left(lot)) for lot in old.all_lots()]
    cause.debts = {unit: -old.debt(unit) for unit in engine.programme.spendable if old.debt(unit)}
    cause.gone = old
    inherit(old, new)
    sum_remainders(cause, old, new)
    marker = Entry("merged", {}, cause.at, new)
    new.add(marker)
    new.enrolled = (marker.place, min(enrolled)) if enrolled else None
    for entry in old.story:
        entry.member, entry.joined = new, marker.place
    new.story = sorted(new.story + old.story, key=lambda entry: entry.place)
    new.answers = {}
    for firing in old.firings:
        firing.receiver = new
    new.firings = old.firings + new.firings
    new.reaches = new.reaches + old.reaches
    new.vouchers = new.vouchers + old.vouchers
    new.began, new.first_seen = min(old.began, new.began), min(old.first_seen, new.first_seen)
    for ladder in engine.programme.ladders:
        join_levels(old, new, ladder, marker.place)
    new.keys = new.keys + old.keys
    engine.forget(old, new)


def merge(engine, cause):
    """The lots and the debts, by postings: away under the old key, and here."""
    old, new = cause.gone, cause.member
    moves = [(lot.name, lot.unit, -left) for lot, carried, left in cause.lots if left]
    moves += [("debt", unit, amount) for unit, amount in cause.debts.items()]
    units = {}
    for name, unit, amount in moves:
        units[unit] = units.get(unit, 0) + amount
    posting = engine.new(cause, old, "transferred", "merge", units=units)
    if moves:
        posting.record["lots"] = engine.lots_text(moves)
    posting.record["to"] = new.key
    engine.post(posting)
    for lot, carried, left in cause.lots:
        name = lot.name + ":" + old.key
        if left:
            posting = engine.new(cause, new, "transferred", "merge", units={lot.unit: left})
            carried.arrive(engine, posting, cause.now, name)
            posting.record["lot"] = name
            became(lot, posting.lots[lot.unit])
            engine.post(posting)
        else:                           # it may get something back
            marker = Entry("merged", {}, cause.at, new)
            marker.lots[lot.unit] = carried.made(name, new)
            became(lot, marker.lots[lot.unit])
            new.add(marker)
    if cause.debts:
        posting = engine.new(cause, new, "transferred", "merge", units={unit: -n for unit, n in cause.debts.items()})
        posting.moves = [("debt", unit, -n) for unit, n in cause.debts.items()]
        posting.record["lots"] = engine.lots_text(posting.moves)
        engine.post(posting)


def became(lot, new):
    lot.gone_to, new.came_from = new, lot


def inherit(old, new):
    """What only the old one's profile says."""
    fields = list(old.inherited)
    fields += [field for e in old.facts() if e.kind in ("enrol", "profile") and e.owner == old.key for field in e.record]
    for field in dict.fromkeys(fields):
        if new.profile(field) is None and old.profile(field) is not None:
            new.inherited[field] = old.profile(field), old.known_since(field)


def sum_remainders(cause, old, new):
    """What the next firing of each rule finds carried is what both had."""
    carried = {}
    for member in (old, new):
        latest = {}
        for firing in member.firings:
            for unit, rest in firing.remainders.items():
                latest[firing.rule, unit] = rest
        for key, rest in latest.items():
            carried[key] = carried.get(key, Fraction(0)) + rest
    for (rule, unit), rest in carried.items():
        both = Firing(new, [], cause, 0, Fraction(0), rule)
        both.remainders = {unit: rest}
        new.firings.append(both)


def join_levels(old, new, ladder, place):
    """Each level is held if either held it, to the later end; its term is that of each who held it."""
    theirs, mine = old.ladders.get(ladder.id, Standing()), standing(new, ladder)
    for index in set(theirs.holds) | set(mine.holds):
        his, my = theirs.holds.get(index), mine.holds.get(index)
        terms = dict(my.began.others) if my else {}
        for owner in old.keys:
            terms[owner] = his.began.others.get(owner, his.began.began) if his else None
        if my is None:
            terms.update({owner: None for owner in new.keys if owner != new.key})
        began = Term(my.began.began if my else place, terms)
        mine.holds[index] = his if my is None or (his and lasts_longer(his.end, my.end)) else my
        mine.holds[index].began = began
    if theirs.grant:
        level, end = theirs.grant
        if mine.grant is None or level > mine.grant[0] or (level == mine.grant[0] and lasts_longer(end, mine.grant[1])):
            mine.grant = theirs.grant
    mine.looked, mine.anew = new.here(), True


def lasts_longer(end, other):
    return other is not None and (end is None or end > other)
