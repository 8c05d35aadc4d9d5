"""returns.recheck: what the remaining purchase would have earned, and what else no longer holds after a return."""

from copy import copy
from fractions import Fraction

from .conditions import Context
from .earn import Contribution, clip_amount, give, multiply, round_all, stop
from .money import remaining
from .returns import is_whole, rests_of
from .story import was_given
from .times import is_duration
from .values import as_list


class Then:
    """What was known at a sale: who the member was, the levels that counted, and which rules fired."""

    def __init__(self, cause, fired, levels, referrer=None):
        self.cause, self.fired, self.levels = cause, fired, levels or {}
        self.member = frozen(cause.member)
        self.referrer = referrer


def frozen(member):
    """The member as the story tells now, whatever is told later."""
    same = copy(member)
    same.story = [copy(entry) if entry.is_fact else entry for entry in member.story]
    same.answers = {}
    return same


def what_remains(engine, sale, then):
    """(cause, context) of the sale as if only what was not returned had been bought."""
    cause = copy(then.cause)
    cause.record = remaining(engine.programme, sale.record, rests_of(sale))
    cause.member, cause.referrer = then.member, then.referrer
    context = Context(engine.programme, then.member, cause.record, cause.now, cause.date, cause.at, then.levels)
    return cause, context


# -- rules -------------------------------------------------------------------------------------------------------


def earned_again(engine, sale):
    """{id(contribution at the sale): {unit: what it would give on what remains}}."""
    cause, context = what_remains(engine, sale, sale.then)
    fired, stopped, multiplied = [], set(), set()
    olds = {}
    then = {old.number: old for old in sale.then.fired}
    for number, rule in enumerate(engine.programme.rules):
        old = then.get(number)
        if rule.get("dry_run") or not engine.matches(cause, rule, number) or (old is None and "limit" in rule):
            continue
        if not context.in_force(rule) or not context.holds(rule.get("when")):
            continue
        receiver = cause.referrer if rule.get("to") == "referrer" else sale.member
        if receiver is None:
            continue
        one = Contribution(number, rule, receiver)
        one.carried = {name: old.carried.get(name, Fraction(0)) if old else Fraction(0) for name in engine.programme.units}
        if "multiply" in one.rule:
            good = multiply(engine, cause, context, one, fired, multiplied)
        else:
            good = give(engine, cause, context, one, stopped)
        if good and (old is None or clip_as_then(one, old)):
            fired.append(one)
            olds[id(one)] = id(old)
            if one.rule.get("stop"):
                stop(context, cause, one, stopped, multiplied)
    amounts = round_all(engine, cause, fired)
    return {olds[id(one)]: {name: amounts[id(one), name] for name in one.cells} for one in fired}


def clip_as_then(one, old):
    """What a limit clipped at the sale has the room that the firing then had: its clipped size."""
    if old.is_base_clipped and one.amount() > old.counted:
        clip_amount(one, old.counted)
    for unit in old.clipped & set(one.cells):
        room, have = old.size.get(unit, Fraction(0)), one.sum(unit)
        if have > room:
            one.cells[unit] = {cell: amount * room / have for cell, amount in one.cells[unit].items()}
        if room == 0:
            del one.cells[unit]
    return bool(one.cells) or one.multiplier


# -- rewards -----------------------------------------------------------------------------------------------------


def sale_of_group(cause):
    """The sale that a return or cancel of this group's chain took back, if any."""
    fact = cause.root
    if fact is None or fact.refused or fact.kind not in ("return", "cancel"):
        return None
    if cause.is_fact or (cause.kind == "reversed" and "by" in cause.record):
        return fact.sale
    return None


def fallen_vouchers(engine, cause, sale):
    """Open vouchers of this member that the sale brought by itself and that no longer hold, in order of issue."""
    fallen = []
    for voucher in cause.member.vouchers:
        if voucher.state != "open" or voucher.is_expired(cause.now) or voucher.issued.root is not sale:
            continue
        if voucher.cause is None or voucher.for_balance:
            continue
        if not still_holds(engine, cause, sale, voucher, fallen):
            fallen.append(voucher)
    return fallen


def still_holds(engine, cause, sale, voucher, fallen):
    trigger = voucher.cause
    if trigger.is_fact:
        if is_whole(sale):
            return False
        remains, context = what_remains(engine, sale, voucher.then)
        return context.holds(voucher.reward.get("when"))
    if trigger.kind == "tier_changed":
        return not fell_below(engine, cause, trigger.entry)
    if trigger.kind in ("issued", "redeemed"):
        brought = trigger.entry.voucher
        return brought is None or (brought.state != "voided" and brought not in fallen)
    return threshold_stands(engine, voucher, cause.now)


def fell_below(engine, cause, rise):
    """Did this group let the member fall below the level that a tier_changed rose to?"""
    names = engine.programme.ladder(rise.rule).names
    for posting in engine.postings:
        if posting.kind == "tier_changed" and posting.record["of"] == cause.name and posting.member is cause.member:
            if posting.rule == rise.rule:
                return names.index(posting.record["to"]) < names.index(rise.record["to"])
    return False


def threshold_stands(engine, voucher, now):
    """Is the count still at the threshold for which the voucher was issued? Over a rolling period that of now is asked."""
    member, trigger, reward = voucher.cause.member, voucher.cause, voucher.reward
    brought = [p for p in engine.postings if was_given(p, reward["id"], engine.programme) and p.record["of"] == trigger.name and p.at == trigger.at]
    place = ("reward", engine.programme.rewards.index(reward))
    reach = next(one for one in as_list(reward["on"]) if isinstance(one, dict))
    unit = next(iter(reach["reach"]))
    for where, threshold, window, by, count in member.reaches:
        if where == place and by is trigger and count < len(brought) and brought[count] is voucher.issued:
            over = reach.get("over", "lifetime")
            then = now if is_duration(over) else trigger.entry.date
            return engine.programme.is_closed(over, then, member, member.clock) or member.earned(unit, over, then) >= threshold
    return True
