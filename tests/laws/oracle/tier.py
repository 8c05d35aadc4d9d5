"""loyalty-tier: which levels are held, until when, and what a look at them changes."""

from .conditions import day_end, is_in_force
from .story import Term
from .times import EPSILON, Duration, is_duration


class Hold:
    """A level held for itself: its exclusive end (None: while met, or for ever), and where its term began."""

    def __init__(self, end, began, while_met=False):
        self.end, self.began, self.while_met = end, began, while_met
        self.in_grace = False
        self.judged = None              # how its needs were judged when the term began: (instant, since, term)


class Standing:
    """What a member holds on one ladder."""

    def __init__(self):
        self.holds = {}                 # level index -> Hold
        self.grant = None               # (level index, end or None)
        self.looked = 0                 # postings before this place in the stream have been looked at
        self.anew = False               # a merge asks for a look at all levels
        self.until = None               # as last posted


def standing(member, ladder):
    return member.ladders.setdefault(ladder.id, Standing())


def is_met(engine, member, ladder, index, now, since=None, extra=None, term=False):
    """Are a level's needs met, looked at from `now`? `term`: rolling periods count from `since` on instead."""
    period = ladder.period(index)
    context = engine.plain_context(member, now)
    for need in ladder.needs(index):
        good = True
        for unit, value in need.items():
            wanted = context.number(value)
            if wanted is None:
                good = False
                continue
            if period == "balance":
                have = member.balance(unit, now)
            elif term and is_duration(period):
                have = member.earned(unit, "lifetime", now, since=since)
            else:
                have = member.earned(unit, period, now)
            have += (extra or {}).get(unit, 0)
            if have < engine.programme.units[unit].smallest(wanted):
                good = False
        if good:
            return True
    return False


def in_force(engine, ladder, index, now):
    return is_in_force(engine.programme, ladder.spec, now) and is_in_force(engine.programme, ladder.levels[index], now)


def keep_end(engine, member, ladder, index, start):
    keep = engine.plain_context(member, start).table(ladder.keep(index))
    if keep in ("while-met", "forever"):
        return None
    return engine.programme.periods.life_end(keep, start, member, engine.programme.policy["last_day"])


def is_while_met(ladder, index):
    return ladder.keep(index) == "while-met"


def new_hold(engine, member, ladder, index, start, judged=None):
    hold = Hold(keep_end(engine, member, ladder, index, start), Term(member.here()), is_while_met(ladder, index))
    hold.judged = judged
    return hold


def present(state):
    """The highest level that is held or granted."""
    levels = list(state.holds) + ([state.grant[0]] if state.grant else [])
    return max(levels, default=0)


def until_of(state, level):
    """The end of a level, None if it holds without end or while met."""
    ends = []
    if level in state.holds:
        ends.append(state.holds[level].end)
    if state.grant and state.grant[0] == level:
        ends.append(state.grant[1])
    if not ends or None in ends:
        return None
    return max(ends)


def level_with(engine, cause, ladder, extra):
    """The level that these further units would make (crossing: new)."""
    level = cause.member.level(ladder)
    if ladder.on_balance:
        return level
    for index in range(1, len(ladder.levels)):
        if ladder.needs(index) and in_force(engine, ladder, index, cause.now):
            needed = {unit for need in ladder.needs(index) for unit in need}
            if any(extra.get(unit) for unit in needed):
                counting = {unit: n for unit, n in extra.items() if counts_now(engine, cause, ladder.period(index))}
                if is_met(engine, cause.member, ladder, index, cause.now, extra=counting):
                    level = max(level, index)
    return level


def counts_now(engine, cause, period):
    """Does what this record gives count in a ladder's period as it is now?"""
    if period == "lifetime":
        return True
    happened = cause.now if is_duration(period) else cause.date
    return engine.programme.periods.counts(period, happened, cause.now, cause.member)


# -- deciding ----------------------------------------------------------------------------------------------------


def decide(engine, cause):
    member = cause.member
    if cause.is_fact and cause.kind == "leave" and not cause.entry.refused:
        for ladder in engine.programme.ladders:
            if member.level(ladder):
                change(engine, cause, ladder, member.level(ladder), 0, "left", None)
        return
    if member.is_gone or (cause.is_fact and cause.entry.refused):
        return
    if cause.is_fact and cause.kind == "grant":
        if not grant(engine, cause):
            return
    for ladder in engine.programme.ladders:
        is_granted = cause.is_fact and cause.kind == "grant" and cause.record["tier"] in ladder.names
        if ladder.on_balance and cause.is_fact and not is_granted:
            continue
        look(engine, cause, ladder, is_granted)


def grant(engine, cause):
    for ladder in engine.programme.ladders:
        if cause.record["tier"] in ladder.names:
            end = None
            if "until" in cause.record:
                end = day_end(engine.programme.place, cause.record["until"])
            index = ladder.names.index(cause.record["tier"])
            state = standing(cause.member, ladder)
            state.grant = (index, end) if index else None
            return True
    engine.refuse(cause, "grant", "unknown-tier")
    return False


def look(engine, cause, ladder, is_granted):
    """One look at one ladder: what ended, what is renewed, what is reached."""
    member, state = cause.member, standing(cause.member, ladder)
    before = member.level(ladder)
    times = [cause.at] if cause.is_due and cause.trigger == "tier" else [cause.now, cause.at]
    if not any(is_in_force(engine.programme, ladder.spec, time) for time in times):
        state.holds, state.grant = {}, None
        state.looked, state.anew = member.here(), False
        if before:
            change(engine, cause, ladder, before, 0, "ended", None)
        return
    fresh = [entry for entry in member.now_story() if entry.place >= state.looked
             and entry.kind in ("earned", "reversed", "adjusted")]
    state.looked = member.here()
    returned = return_levels(engine, cause, ladder, state, fresh)
    fell = end_levels(engine, cause, ladder, state, before)
    reach_levels(engine, cause, ladder, state, fresh)
    state.anew = False
    if before in fell | returned:
        fall(engine, cause, ladder, state, before)
    after = present(state)
    until = until_of(state, after)
    if after != before:
        reason = "granted" if is_granted else "reached" if after > before else "returned" if before in returned else "ended"
        change(engine, cause, ladder, before, after, reason, until)
        if after < before:
            member.forfeits += [(ladder.id, unit, None) for unit in ladder.forfeit]
    elif after and day_of(engine, until) != day_of(engine, state.until):
        change(engine, cause, ladder, before, after, "renewed", until)


def judged_at(cause):
    """Only the due look itself, and what follows from it, sees what ends at its instant; others at a period's end are judged just before it."""
    return cause.at if cause.is_look else cause.now


def day_of(engine, instant):
    return None if instant is None else engine.programme.place.day(instant)


def change(engine, cause, ladder, before, after, reason, until):
    posting = engine.new(cause, cause.member, "tier_changed", ladder.id)
    posting.record["from"], posting.record["to"] = ladder.names[before], ladder.names[after]
    posting.record["reason"] = reason
    if until is not None:
        posting.record["until"] = engine.programme.place.write(until)
    standing(cause.member, ladder).until = until
    engine.post(posting)


def end_levels(engine, cause, ladder, state, before):
    """Look at every level whose end has come, or whose needs are no longer met. The levels lost."""
    member, at = cause.member, judged_at(cause)
    lost = set()
    if state.grant and state.grant[1] is not None and state.grant[1] <= at:
        if state.grant[0] not in state.holds:
            lost.add(state.grant[0])
        state.grant = None
    for index, hold in sorted(state.holds.items()):
        if hold.end is not None and hold.end <= at:
            term = ladder.renew == "at-end" and not hold.while_met
            judged = at - EPSILON if ladder.renew == "at-end" else at
            if is_met(engine, member, ladder, index, judged, since=hold.began, term=term):
                state.holds[index] = new_hold(engine, member, ladder, index, at, (judged, hold.began, term))
            elif ladder.grace and not hold.in_grace:
                begin_grace(engine, ladder, hold, at)
            else:
                del state.holds[index]
                lost.add(index)
        elif hold.while_met:
            met = is_met(engine, member, ladder, index, at)
            if met and hold.in_grace:
                hold.end, hold.in_grace = None, False
            elif not met and not hold.in_grace:
                if ladder.grace:
                    begin_grace(engine, ladder, hold, at)
                elif ladder.fall == "never":
                    hold.while_met = False
                else:
                    del state.holds[index]
                    lost.add(index)
    return lost


def return_levels(engine, cause, ladder, state, fresh):
    """recheck: tier - the levels kept that only what was returned had reached end at once."""
    if "tier" not in engine.programme.rechecks or ladder.on_balance or ladder.fall == "never":
        return set()
    ended = set()
    for index, hold in sorted(state.holds.items()):
        if hold.judged is None or hold.while_met:
            continue
        instant, since, term = hold.judged
        needed = {unit for need in ladder.needs(index) for unit in need}
        touched = [entry for entry in fresh if entry.kind == "reversed" and any(entry.units.get(unit, 0) < 0 for unit in needed)
                   and counted_then(engine, cause.member, ladder.period(index), entry, instant, since if term else None)]
        if touched and not is_met(engine, cause.member, ladder, index, instant, since=since, term=term):
            if not is_met(engine, cause.member, ladder, index, cause.now):
                del state.holds[index]
                ended.add(index)
    return ended


def counted_then(engine, member, period, reversal, instant, since):
    """Did what was taken back count in a period, looked at from an instant?"""
    if period == "lifetime":
        return True
    if is_duration(period):
        if since:
            return since.holds(reversal.original)
        return engine.programme.periods.counts(period, reversal.rolled, instant, member)
    if engine.programme.is_closed(period, instant, member, member.clock):
        return False                    # nothing is known of it any more
    return engine.programme.periods.counts(period, reversal.date, instant, member)


def begin_grace(engine, ladder, hold, at):
    hold.end = engine.programme.place.add(at, Duration(ladder.grace))
    hold.in_grace = True


def reach_levels(engine, cause, ladder, state, fresh):
    """Rising is immediate, several levels at once; every level whose needs are met is held for itself."""
    member = cause.member
    for index in range(1, len(ladder.levels)):
        needed = {unit for need in ladder.needs(index) for unit in need}
        touched = [entry for entry in fresh if needed & set(entry.units)]
        opened = cause.is_due and opens_at(engine, ladder, index) == cause.at
        balance = ladder.on_balance and not cause.is_fact
        now = cause.at if opened else cause.now
        if not needed or not (touched or opened or balance or state.anew) or not in_force(engine, ladder, index, now):
            continue
        if not is_met(engine, member, ladder, index, now):
            continue
        gains = [e for e in touched if e.kind == "earned" or (e.kind == "adjusted" and any(e.units[u] > 0 for u in needed & set(e.units)))]
        hold = state.holds.get(index)
        if hold is None or (ladder.renew == "when-met" and gains and not hold.while_met):
            state.holds[index] = new_hold(engine, member, ladder, index, cause.at, (now, 0, False))


def opens_at(engine, ladder, index):
    starts = [engine.programme.place.read(owner["from"]) for owner in (ladder.spec, ladder.levels[index]) if "from" in owner]
    return max(starts, default=None)


def fall(engine, cause, ladder, state, before):
    """Where a member lands whose level has ended."""
    member = cause.member
    if ladder.fall == "never":
        state.holds[before] = Hold(None, Term(member.here()))
        return
    if ladder.fall == "bottom":
        state.holds = {}
        return
    landing = max(state.holds, default=0)
    if ladder.fall == "one":
        landing = before - 1
    if landing == 0 or landing > before:
        return
    lasts = new_hold(engine, member, ladder, landing, cause.at)
    held = state.holds.get(landing)
    if held is None:
        state.holds[landing] = lasts
    elif not held.while_met and held.end is not None and (lasts.end is None or lasts.end > held.end):
        held.end = lasts.end


# -- due dates ---------------------------------------------------------------------------------------------------


def due_instants(engine, member):
    """When this member's ladders have to be looked at."""
    found = set()
    for ladder in engine.programme.ladders:
        state = standing(member, ladder)
        found.update(hold.end for hold in state.holds.values() if hold.end is not None)
        if state.grant and state.grant[1] is not None:
            found.add(state.grant[1])
        owners = [ladder.spec] + ladder.levels
        found.update(engine.programme.place.read(owner["from"]) for owner in owners if "from" in owner)
        found.update(day_end(engine.programme.place, owner["through"]) for owner in owners if "through" in owner)
        for index, hold in state.holds.items():
            if hold.while_met and not ladder.on_balance:
                found.update(turns(engine, member, ladder, index))
    return found


def turns(engine, member, ladder, index):
    """When something that counts for a level ceases to count."""
    period = ladder.period(index)
    if period == "lifetime":
        return set()
    found = set()
    for entry in member.now_story():
        if entry.kind in ("earned", "reversed", "adjusted") and set(entry.units) & ladder.units():
            if is_duration(period):
                found.add(engine.programme.place.add(entry.at, Duration(period)))
            else:
                window = engine.programme.periods.window(period, entry.date, member)
                if window and window[1] is not None:
                    found.add(window[1])
    return found
