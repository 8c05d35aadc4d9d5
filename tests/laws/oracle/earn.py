"""loyalty-earn: purchases and other happenings become `earned`, returns and cancels `reversed`, adjusts `adjusted`."""

from fractions import Fraction
from operator import attrgetter

from .conditions import Context, element_holds
from .limits import Firing, room
from .money import lines_of, part_by_line, tenders_of
from .returns import decide_cancel, decide_return
from .story import Lot, is_fixed_at_earning, life
from .times import is_duration
from .values import NotSupported, as_list, floor, largest_remainder, number, rounded


def refusal(engine, cause):
    """Why loyalty-earn says no to a fact, or None. Asked before the fact is applied."""
    programme, member, record = engine.programme, cause.member, cause.record
    if is_claim(cause.entry):
        claims = programme.policy["claims"]
        if "within" in claims:
            end = programme.periods.life_end(claims["within"], cause.date, member, programme.policy["last_day"])
            if cause.entry.stated >= end:
                return "late-claim"
        if cause.kind == "purchase" and "limit" in claims:
            limit = claims["limit"]
            when = attrgetter("at" if is_duration(limit["per"]) else "stated")
            before = [e for e in member.facts("purchase") if is_claim(e) and
                      programme.periods.counts(limit["per"], when(e), when(cause.entry), member)]
            if programme.is_closed(limit["per"], cause.entry.stated, member, member.clock):
                before = []
            if len(before) >= number(limit["times"]):
                return "claim-limit"
    return None


def is_claim(entry):
    """Coming late is none: a claim says itself that it is of an earlier time."""
    return entry.date < entry.stated


def decide(engine, cause):
    fact = cause.entry if cause.is_fact else None
    if fact and fact.refused:
        return
    if fact and fact.kind == "return":
        decide_return(engine, cause)
    if fact and fact.kind == "cancel":
        decide_cancel(engine, cause)
    if fact and fact.refused:
        return
    if fact and fact.kind == "adjust":
        adjust(engine, cause)
    if cause.member.is_gone:
        return
    fire_rules(engine, cause)


# -- adjust ------------------------------------------------------------------------------------------------------


def adjust(engine, cause):
    programme, member = engine.programme, cause.member
    name = cause.record.get("unit")
    if name is None:
        name = programme.spendable[0]
    unit = programme.units[name]
    amount = int(unit.smallest(cause.record["points"]))
    posting = engine.new(cause, member, "adjusted", "adjust", units={name: amount} if amount else {})
    if unit.spendable and amount > 0:
        make_lots(engine, cause, posting, {}, cause.context())
    if unit.spendable and amount < 0:
        posting.moves = take(member, name, -amount, cause.now)
    engine.post(posting)


def take(member, unit, amount, now):
    """Usable lots in the programme's order, then pending ones, then debt."""
    moves = []
    for lot in member.usable_lots(unit, now) + member.pending_lots(unit, now):
        here = min(amount, member.left(lot))
        if here:
            moves.append((lot.name, unit, -here))
            amount -= here
    if amount:
        moves.append(("debt", unit, -amount))
    return moves


def make_lots(engine, cause, posting, owner, context):
    """A lot for every spendable unit that the posting gives, with `usable` and `until` where they are fixed."""
    programme, member = engine.programme, posting.member
    usable, until = {}, {}
    for name, amount in posting.units.items():
        unit = programme.units[name]
        if not unit.spendable or amount <= 0:
            continue
        pending = context.table(owner.get("pending", unit.pending))
        if isinstance(pending, dict):
            raise NotSupported("pending until a trigger")
        begins = min(posting.at, cause.now)     # what a period's end gives is there for that end's rewards
        if pending is not None:
            begins = programme.periods.life_end(pending, posting.at, member, "instant")
            usable[name] = programme.place.write(begins)
        start = max(begins, posting.at) if programme.policy["life_from"] == "usable" else posting.at
        bucket = programme.place.calendar(unit.bucket, posting.at)[0] if unit.bucket else None
        born = Context(programme, member, context.record, posting.at, posting.at, posting.at)
        own = owner["id"] if "pending" in owner or "expire" in owner else None
        lot = Lot(posting.id, name, posting.at, begins, start, owner.get("expire", unit.expire), born, bucket, own)
        posting.lots[name] = lot
        posting.moves.append((lot.name, name, amount))
        if is_fixed_at_earning(lot):
            expire = receiver_table(lot)
            end = life(member, expire, lot.start)
            if end is not None:
                until[name] = programme.place.write(end)
    if usable:
        posting.record["usable"] = usable
    if until:
        posting.record["until"] = until


def receiver_table(lot):
    expire = lot.context.table(lot.expire)
    return lot.context.table(expire["after"]) if isinstance(expire, dict) else expire


# -- rules -------------------------------------------------------------------------------------------------------


class Contribution:
    """What one firing of a rule gives: exact numbers of smallest parts by unit and cell.

    A cell is (source rule, line, tender); line None is fixed, given whole or not at all.
    """

    def __init__(self, number_, rule, receiver):
        self.number, self.rule, self.receiver = number_, rule, receiver
        self.cells = {}                 # unit -> {cell: Fraction}
        self.base = {}                  # (line, tender) -> Fraction
        self.limited = None
        self.multiplier = "multiply" in rule
        self.best = {}                  # under `best`: the best factor so far, by (unit, cell)
        self.originals = {}             # under `add`: what a cell was before multipliers lowered it
        self.remainders = {}            # under `carry`: what this firing leaves for the next
        self.lines = {}                 # unit -> the lines that a fixed rule counted
        self.carried = {}               # under `carry`: what the firing before it left
        self.limits = []
        self.counted, self.size = Fraction(0), {}   # what limits left of its base and of its units,
        self.is_base_clipped, self.clipped = False, set()   # and what of it they clipped
        self.lowers = False             # a multiplier took something away

    def sum(self, unit):
        return sum(self.cells.get(unit, {}).values(), Fraction(0))

    def amount(self):
        return sum(self.base.values(), Fraction(0))


def fire_rules(engine, cause):
    programme = engine.programme
    levels = None
    if programme.policy["crossing"] == "new" and cause.is_fact:
        levels = levels_after(engine, cause)
    fired = contributions(engine, cause, levels)
    if programme.rechecks and cause.is_fact and cause.kind == "purchase":
        from .recheck import Then       # which reckons with what is below

        referrer = engine.known(cause.member.profile("referrer"))
        cause.entry.then = Then(cause, [one for one in fired if not one.rule.get("dry_run")], levels,
                                None if referrer is None or referrer.is_gone else referrer)
    postings = []
    for one in fired:
        if one.rule.get("dry_run"):
            would = {name: tried(one.sum(name), programme.units[name]) for name in one.cells}
            would = {name: amount for name, amount in would.items() if amount}
            if would:
                posting = engine.new(cause, one.receiver, "tried", one.rule["id"])
                posting.record["would"] = engine.units_text(would)
                if one.limited:
                    posting.record["limited"] = one.limited
                postings.append((one, posting))
    real = [one for one in fired if not one.rule.get("dry_run")]
    amounts = round_all(engine, cause, real)
    for one in real:
        units = {name: amounts[id(one), name] for name in programme.units
                 if name in one.cells and amounts[id(one), name]}
        firing = Firing(one.receiver, one.limits, cause, times=1, amount=one.amount(), rule=one.rule["id"])
        firing.contribution = one
        firing.remainders = one.remainders
        one.receiver.firings.append(firing)
        engine.firings.append(firing)
        if units:
            posting = engine.new(cause, one.receiver, "earned", one.rule["id"], units=units)
            posting.contribution = one
            firing.posting = posting
            postings.append((one, posting))
    for one, posting in sorted(postings, key=lambda pair: pair[0].number):
        if posting.kind == "earned":
            make_lots(engine, cause, posting, one.rule, cause.context())
        if one.limited:
            posting.record["limited"] = one.limited
        engine.post(posting)


def tried(value, unit):
    """Rounded by itself; what a multiplier would take away as what it would add."""
    amount = floor(abs(value)) if unit.round_per == "carry" else rounded(abs(value), unit.round)
    return amount if value >= 0 else -amount


def levels_after(engine, cause):
    """crossing: new - by unit, the levels that this record's needs-units lead to, for units that no ladder needs."""
    from .tier import level_with

    fired = [one for one in contributions(engine, cause, None) if not one.rule.get("dry_run")]
    amounts = round_all(engine, cause, fired)
    extra = {}
    for one in fired:
        if one.receiver is cause.member:
            for name in one.cells:
                extra[name] = extra.get(name, 0) + amounts[id(one), name]
    needed = {unit for ladder in engine.programme.ladders for unit in ladder.units()}
    levels = {ladder.id: level_with(engine, cause, ladder, extra) for ladder in engine.programme.ladders}
    return {unit: levels for unit in engine.programme.units if unit not in needed}


def contributions(engine, cause, levels):
    programme, member = engine.programme, cause.member
    context = cause.context()
    context.levels_to_be = levels or {}
    if cause.kind == "purchase" and programme.policy["earn_on_redeeming"] == "nothing":
        if any(tender.get("kind") == "reward" for tender, part in tenders_of(cause.record)):
            return []
    fired, stopped, multiplied = [], set(), set()
    for number_, rule in enumerate(programme.rules):
        times = engine.matches(cause, rule, number_)
        if not times or not context.in_force(rule) or not context.holds(rule.get("when")):
            continue
        receiver = member
        if rule.get("to") == "referrer":
            receiver = engine.known(member.profile("referrer"))
            if receiver is None or receiver.is_gone:
                continue
        for _ in range(times):
            one = Contribution(number_, rule, receiver)
            one.limits = programme.limits_of(rule, "earn[%d]" % number_)
            if times_over(engine, cause, one, fired):
                continue
            if "multiply" in rule:
                good = multiply(engine, cause, context, one, fired, multiplied)
            else:
                good = give(engine, cause, context, one, stopped)
            if good and clip(engine, cause, one, fired):
                fired.append(one)
                if rule.get("stop") and not rule.get("dry_run"):
                    stop(context, cause, one, stopped, multiplied)
    return fired


def selected_lines(cause, rule):
    return [i for i, line in enumerate(lines_of(cause.record)) if element_holds(line, rule.get("items"))]


def selected_tenders(cause, rule):
    return [i for i, (tender, part) in enumerate(tenders_of(cause.record)) if element_holds(tender, rule.get("tenders"))]


def stop(context, cause, one, stopped, multiplied):
    where = multiplied if one.multiplier else stopped
    for unit in one.rule["multiply"] if one.multiplier else one.cells:
        for line in selected_lines(cause, one.rule):
            where.add((unit, line))


def base_of(programme, cause, rule, lines, tenders, context):
    """The base by line and tender, over the lines and tenders selected, as plain numbers."""
    basis = context.table(rule.get("basis", programme.policy["basis"]))
    has_lines = "items" in rule
    if "amount" not in cause.record and not cause.record.get("items") and basis == programme.policy["basis"]:
        return {}
    by_line = {line: Fraction(0) for line in lines}
    for part in as_list(basis):
        sign = 1
        if part.startswith("-"):
            sign, part = -1, part[1:]
        numbers = part_by_line(programme, cause.record, part, has_lines)
        for line in lines:
            by_line[line] += sign * Fraction(numbers[line]) / 10 ** programme.exponent
    if sum(by_line.values(), Fraction(0)) <= 0:
        return {}
    base = {}
    remainder = programme.policy["earn_on_redeeming"] == "remainder"
    for number_, (tender, part) in enumerate(tenders_of(cause.record)):
        if number_ not in tenders or (remainder and tender.get("kind") == "reward"):
            continue
        for line, amount in by_line.items():
            base[line, number_] = amount * part
    return base


def needs_base(rule):
    return "per" in rule or "per_full" in rule or "'by': 'basis'" in repr(rule["give"])


def give(engine, cause, context, one, stopped):
    """A `give` rule: does it fire, and what does it contribute exactly?"""
    programme, rule, record = engine.programme, one.rule, cause.record
    lines, tenders = selected_lines(cause, rule), selected_tenders(cause, rule)
    if not lines or not tenders or ("items" in rule and not record.get("items") and "amount" not in record):
        return False
    elements, payments = lines_of(record), tenders_of(record)
    any_value = False
    counted = set()
    for name, value in rule["give"].items():
        here = [line for line in lines if (name, line) not in stopped]
        if not here:
            continue
        context.tell_levels(name)
        base = base_of(programme, cause, rule, here, tenders, context)
        whole = sum(base.values(), Fraction(0))
        scale = 10 ** programme.units[name].decimals
        if needs_base(rule) and whole <= 0:
            continue
        cells = {}
        if "per" in rule:
            per = context.number(rule["per"], basis=whole)
            for (line, tender), amount in base.items():
                rate = context.number(value, line=elements[line], tender=payments[tender][0], basis=whole)
                if per is not None and rate is not None:
                    cells[rule["id"], line, tender] = amount / per * rate * scale
        elif "per_full" in rule:
            per = context.number(rule["per_full"], basis=whole)
            rate = context.number(value, basis=whole)
            if per is not None and rate is not None:
                steps = floor(whole / per)
                for (line, tender), amount in base.items():
                    cells[rule["id"], line, tender] = steps * rate * scale * amount / whole
        else:
            fixed = context.number(value, basis=whole)
            if fixed is not None:
                cells[rule["id"], None, None] = fixed * scale
                one.lines[name] = here
        if cells:
            any_value = True
            one.cells[name] = cells
            for key, amount in base.items():
                if key not in counted:
                    one.base[key] = amount
    return any_value


def multiply(engine, cause, context, one, fired, multiplied):
    """A multiplier adds (factor - 1) times what its rules contribute on what it selects."""
    programme, rule = engine.programme, one.rule
    names = as_list(rule.get("rules"))
    mode = programme.policy["multipliers"]
    sources = [other for other in fired if not other.multiplier and not other.rule.get("dry_run")
               and other.receiver is one.receiver and (not names or other.rule["id"] in names)]
    ids = [other.rule["id"] for other in sources]
    lines, tenders = selected_lines(cause, rule), selected_tenders(cause, rule)
    elements, payments = lines_of(cause.record), tenders_of(cause.record)
    acted = False
    for name, value in rule["multiply"].items():
        context.tell_levels(name)
        for other in list(fired):
            if other.receiver is not one.receiver or other.rule.get("dry_run"):
                continue
            if other.multiplier and mode != "compound":
                continue
            for cell in list(other.cells.get(name, {})):
                source, line, tender = cell
                amount = other.cells[name][cell]
                if mode != "compound":
                    amount = other.originals.setdefault((name, cell), amount)
                if source not in ids or amount == 0:
                    continue
                if line is not None and (line not in lines or tender not in tenders or (name, line) in multiplied):
                    continue
                if line is None:
                    counted = lines_counted(fired, source, name)
                    if not tenders or not set(counted) <= set(lines) or any((name, i) in multiplied for i in counted):
                        continue
                where = {} if line is None else {"line": elements[line], "tender": payments[tender][0]}
                factor = context.number(value, **where)
                if factor is None or factor == 1:
                    continue
                acted = True
                gain = factor - 1
                if mode == "best" and (name, cell) in other.best:
                    gain = max(factor - other.best[name, cell], Fraction(0))
                if mode == "best" and not rule.get("dry_run"):
                    other.best[name, cell] = max(factor, other.best.get((name, cell), factor))
                if gain < 0 and not rule.get("dry_run"):
                    other.cells[name][cell] = max(other.cells[name][cell] + gain * amount, Fraction(0))
                    one.lowers = True
                elif gain != 0:
                    mine = one.cells.setdefault(name, {})
                    mine[cell] = mine.get(cell, Fraction(0)) + gain * amount
    return acted


def lines_counted(fired, rule, unit):
    """The lines on which a fixed rule gives: a multiplier reaches it only with all of them."""
    return next(other.lines[unit] for other in fired if other.rule["id"] == rule)


# -- limits ------------------------------------------------------------------------------------------------------


def clip(engine, cause, one, fired):
    """Let the limits take what does not fit; False if the rule then does not fire."""
    programme = engine.programme
    if not one.limits:
        return True
    context = cause.context()
    gives = any(one.sum(unit) for unit in one.cells)
    smallest = None
    for key, limit, name in one.limits:
        here = room(engine, cause, one.receiver, key, limit, context)
        if here.amount is None:
            continue
        left, have = max(here.amount - used_before(one, fired, key, limit, Contribution.amount), Fraction(0)), one.amount()
        if have > left:
            clip_amount(one, left)
            one.is_base_clipped = True
            if smallest is None or left / have < smallest:
                smallest, one.limited = left / have, name
            if left == 0:
                return False
    for key, limit, name in one.limits:
        here = room(engine, cause, one.receiver, key, limit, context)
        for unit, left in here.most.items():
            left = max(left - used_before(one, fired, key, limit, lambda other: other.sum(unit)), Fraction(0))
            have = one.sum(unit)
            if have <= left:
                continue
            one.cells[unit] = {cell: amount * left / have for cell, amount in one.cells[unit].items()}
            one.clipped.add(unit)
            if smallest is None or left / have < smallest:
                smallest, one.limited = left / have, name
            if left == 0:
                del one.cells[unit]
    one.counted, one.size = one.amount(), {unit: one.sum(unit) for unit in one.cells}
    return bool(one.cells) or (one.multiplier and (one.lowers or not gives))


def times_over(engine, cause, one, fired):
    """Whether some limit on its firings is used up."""
    context = cause.context()
    for key, limit, name in one.limits:
        here = room(engine, cause, one.receiver, key, limit, context)
        if here.times is not None:
            earlier = used_before(one, fired, key, limit, lambda other: 1)
            if here.times - earlier < 1:
                return True
    return False


def used_before(one, fired, key, limit, amount):
    """What earlier rules on this record use of a common limit."""
    return sum((amount(other) for other in fired if not other.rule.get("dry_run")
                and (limit.get("shared") or other.receiver is one.receiver)
                and key in [k for k, stated, name in other.limits]), Fraction(0))


def clip_amount(one, left):
    """Lines are counted in order until the room is used."""
    for key in sorted(one.base):
        have = one.base[key]
        take_ = min(have, left)
        left -= take_
        share = take_ / have if have else Fraction(0)
        one.base[key] = take_
        for cells in one.cells.values():
            for cell in list(cells):
                if cell[1:] == key:
                    cells[cell] *= share


# -- rounding ----------------------------------------------------------------------------------------------------


def round_all(engine, cause, fired):
    """{(firing, unit): smallest parts}, by each unit's mode and scope."""
    programme = engine.programme
    result = {}
    for name, unit in programme.units.items():
        receivers = []
        for one in fired:
            if one.receiver not in receivers:
                receivers.append(one.receiver)
        for receiver in receivers:
            group = [one for one in fired if one.receiver is receiver and name in one.cells]
            exact = [one.sum(name) for one in group]
            if unit.round_per == "purchase":
                parts = largest_remainder(rounded(sum(exact, Fraction(0)), unit.round), exact) if group else []
            elif unit.round_per == "rule":
                parts = [rounded(value, unit.round) for value in exact]
            elif unit.round_per == "line":
                parts = [sum(rounded(value, unit.round) for value in by_line(one, name)) for one in group]
            else:
                parts = []
                for one, value in zip(group, exact):
                    if name not in one.carried:
                        one.carried[name] = carried(receiver, one.rule["id"], name, fired, one)
                    value += one.carried[name]
                    parts.append(floor(value))
                    one.remainders = dict(one.remainders, **{name: value - floor(value)})
            for one, amount in zip(group, parts):
                result[id(one), name] = amount
    return result


def by_line(one, unit):
    lines = {}
    for (source, line, tender), amount in one.cells[unit].items():
        lines[line] = lines.get(line, Fraction(0)) + amount
    return lines.values()


def carried(receiver, rule, unit, fired, one):
    """What the rule's last firing for this member left over."""
    for other in reversed(fired[:fired.index(one)]):
        if other.receiver is receiver and other.rule["id"] == rule and unit in other.remainders:
            return other.remainders[unit]
    for firing in reversed(receiver.firings):
        if firing.rule == rule and unit in firing.remainders:
            return firing.remainders[unit]
    return Fraction(0)

