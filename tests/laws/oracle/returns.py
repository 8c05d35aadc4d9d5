"""Returns and cancels: what of a sale is back, and what each posting of it owes for that."""

from fractions import Fraction

from .conditions import walk
from .money import cents, lines_of
from .times import together
from .values import floor, number

TAKING = ("reversed", "restored")       # what may take from a lot more than it has


def latest_named(member, key, upto=None):
    """The facts with ids under a key, of each id the latest (before a place in the stream), whatever became of it."""
    latest = {}
    for entry in member.story:
        if entry.is_fact and "id" in entry.record and entry.record["member"] == key and (upto is None or entry.place < upto):
            latest[entry.record["id"]] = entry
    return list(latest.values())


def is_taken_over(member, entry):
    """Has another fact its id by now?"""
    return "id" in entry.record and entry not in latest_named(member, entry.record["member"])


def called(member, name, key, upto=None):
    """The facts of that id in the present membership: that under the naming fact's own key, then others as they were merged."""
    facts = [entry for one in dict.fromkeys([key] + member.keys) for entry in latest_named(member, one, upto)]
    return [entry for entry in facts if entry.record["id"] == name and not entry.past]


def remembered(member, name, key, upto=None):
    return [entry for entry in called(member, name, key, upto) if not entry.refused]


def sale_named(member, name, key, upto=None):
    """The purchase of that id."""
    return next((entry for entry in remembered(member, name, key, upto) if entry.kind == "purchase"), None)


def is_forgotten(programme, sale, at):
    """A sale is remembered for the time of returns, and for the window of repeats after it."""
    return is_over(programme, sale, at, 1)


def is_over(programme, entry, at, times):
    """Have the time of returns and the window of repeats gone by so many times?"""
    within = programme.policy["returns"].get("within")
    if within is None:
        return False
    known = together(*([within, programme.policy["repeats"]] * times))
    return at >= programme.periods.life_end(known, entry.at, entry.member, programme.policy["last_day"])


def is_redemption_forgotten(programme, entry, at):
    """As a sale is; where a return may give back a share of it, twice as long."""
    return is_over(programme, entry, at, 2 if programme.policy["returns"].get("restore") == "share" else 1)


def is_late(programme, entry, stated):
    """Is the time for returns over, of a sale or a redemption?"""
    within = programme.policy["returns"].get("within")
    return within is not None and stated >= programme.periods.life_end(within, entry.at, entry.member, programme.policy["last_day"])


def is_return_forgotten(programme, entry, at):
    """Where sales are forgotten, a return is remembered for the window of repeats alone."""
    if "within" not in programme.policy["returns"]:
        return False
    return not programme.periods.counts(programme.policy["repeats"], entry.at, at, entry.member)


def returns_of(sale):
    return [entry for entry in sale.returns if not entry.cancelled]


def back_by_line(sale):
    """Per line, the fraction that returns by items brought back."""
    lines = [Fraction(0)] * len(lines_of(sale.record))
    for entry in returns_of(sale):
        for line, fraction in entry.back_lines.items():
            lines[line] += fraction
    return lines


def back_by_amount(sale):
    return sum((entry.back_amount for entry in returns_of(sale)), Fraction(0))


def rests_of(sale):
    """What part of each line remains."""
    amount = back_by_amount(sale)
    return [1 - min(Fraction(1), line + amount) for line in back_by_line(sale)]


def is_whole(sale):
    if sale.cancelled:
        return True
    amount = back_by_amount(sale)
    return all(min(Fraction(1), line + amount) == 1 for line in back_by_line(sale))


def share_returned(sale, cells):
    """The cumulative share of one unit of a posting, by what each line contributed."""
    if is_whole(sale):
        return Fraction(1)
    whole = sum(cells.values(), Fraction(0))
    if whole == 0:
        return Fraction(0)
    amount = back_by_amount(sale)
    lines = back_by_line(sale)
    back = Fraction(0)
    for (source, line, tender), value in cells.items():
        if line is not None:
            back += value * min(Fraction(1), lines[line] + amount)
    return back / whole


def all_of_sale(engine, sale):
    """Every earned posting of the chain that the sale started, whoever got it, in the order of the stream."""
    return [posting for posting in engine.postings if posting.kind == "earned" and posting.root is sale]


def owed(sale, posting, unit, again):
    """What should have been taken back of a posting by now; `again`: what the remaining purchase would have earned."""
    cells = posting.contribution.cells[unit]
    if posting.of_chain:
        share = Fraction(1) if is_whole(sale) else Fraction(0)
    else:
        share = share_returned(sale, cells)
    share = floor(posting.units[unit] * share)
    if again is None or posting.of_chain:
        return share
    return min(posting.units[unit], max(share, posting.units[unit] - again.get(id(posting.contribution), {}).get(unit, 0)))


def what_remains_earns(engine, sale):
    """Under recheck: rules, what the rules give for what remains of a sale of which some was returned."""
    from .recheck import earned_again

    if "rules" not in engine.programme.rechecks or is_whole(sale) or not returns_of(sale):
        return None
    return earned_again(engine, sale)


def settle_with(engine, cause, sale):
    """Post what the sale's postings now owe (or are owed, after a cancelled return)."""
    again = what_remains_earns(engine, sale)
    for posting in all_of_sale(engine, sale):
        member = posting.member
        units = {}
        for unit in engine.programme.units:
            if unit in posting.units:
                difference = owed(sale, posting, unit, again) - member.reversed_of(posting, unit)
                if difference:
                    units[unit] = -difference
        if units:
            reverse(engine, cause, member, posting, units)


def reverse(engine, cause, member, posting, units):
    reversal = engine.new(cause, member, "reversed", posting.rule, units=units)
    reversal.original = posting
    reversal.date, reversal.rolled = posting.date, posting.rolled
    shown = []
    for unit, amount in units.items():
        if unit not in posting.lots:
            continue
        lot = posting.lots[unit].present()
        shown.append((lot.name, unit, amount))
        if amount > 0:
            reversal.moves.append((lot.name, unit, amount))
            continue
        left = member.left(lot)
        taken = min(left, -amount)
        rest = -amount - taken
        if taken:
            reversal.moves.append((lot.name, unit, -taken))
        if rest:
            reversal.moves.append(("debt", unit, -rest))
            reversal.waivable[unit] = waivable(member, lot, rest)
            reversal.waived_of[lot.name, unit] = reversal.waivable[unit]
    if shown:
        reversal.record["lots"] = engine.lots_text(shown)
    engine.post(reversal)


def waivable(member, lot, rest):
    """How much of what a lot cannot pay had expired or been forfeited, and was not yet told so."""
    told, one = 0, lot
    while one:
        told += sum(entry.waived_of.get((one.name, one.unit), 0) for entry in member.story[member.place_of(one):]
                    if not entry.is_fact and entry.kind in TAKING and entry.owner == one.owner())
        one = one.came_from
    return max(0, min(rest, member.lost(lot) - told))


# -- return ------------------------------------------------------------------------------------------------------


def plan_return(engine, cause):
    """(why it is refused, fractions by line, share by amount)."""
    programme, member, record = engine.programme, cause.member, cause.record
    sale = sale_named(member, record["of"], cause.key)
    if sale is None or is_forgotten(programme, sale, cause.at):
        return "unknown-purchase", None, None
    if sale.cancelled:
        return "already-cancelled", None, None
    if is_late(programme, sale, cause.entry.stated):
        return "late-return", None, None
    refuse = programme.policy["returns"].get("over", "refuse") == "refuse"
    amount = back_by_amount(sale)
    lines = [min(Fraction(1), line + amount) for line in back_by_line(sale)]
    if "items" in record:
        return plan_items(sale, record["items"], lines, refuse)
    if "amount" not in record:
        whole = all(line == 1 for line in lines)
        return ("already-returned" if whole and refuse else None), {i: 1 - line for i, line in enumerate(lines)}, Fraction(0)
    paid = cents(programme, sale.record.get("amount"))
    share = Fraction(cents(programme, record["amount"]), paid) if paid else Fraction(1)
    room = 1 - max(lines)
    if share > room:
        if refuse:
            return "already-returned", None, None
        share = room
    return None, {}, share


def plan_items(sale, items, lines, refuse):
    """By `line`, or else by the same sku in order."""
    sold = lines_of(sale.record)
    back = {}
    for item in items:
        if "line" in item:
            places = [int(item["line"])] if int(item["line"]) < len(sold) else []
        else:
            places = [i for i, line in enumerate(sold) if "sku" in item and walk(line, "sku") == item["sku"]]
        wanted = number(item["qty"]) if "qty" in item else None
        if not places and refuse:
            return "already-returned", None, None
        for place in places:
            qty = number(sold[place].get("qty", 1))
            left = (1 - lines[place] - back.get(place, Fraction(0))) * qty
            here = left if wanted is None else min(left, wanted)
            back[place] = back.get(place, Fraction(0)) + here / qty
            if wanted is not None:
                wanted -= here
        if wanted and refuse:
            return "already-returned", None, None
    return None, back, Fraction(0)


def decide_return(engine, cause):
    why, lines, share = plan_return(engine, cause)
    if why:
        engine.refuse(cause, "return", why)
        return
    fact = cause.entry
    fact.back_lines, fact.back_amount = lines, share
    sale = sale_named(cause.member, cause.record["of"], cause.key)
    fact.sale = sale
    sale.returns.append(fact)
    settle_with(engine, cause, sale)


# -- cancel ------------------------------------------------------------------------------------------------------


def cancelled_thing(member, name, at, key):
    """What a cancel names: a purchase, a return or a redemption that was not refused, and is remembered."""
    for entry in remembered(member, name, key):
        if entry.kind in ("purchase", "return", "redeem"):
            if entry.kind == "purchase" and is_forgotten(member.programme, entry, at):
                return None
            if entry.kind == "redeem" and is_redemption_forgotten(member.programme, entry, at):
                continue                # another may be called so under a merged key
            if entry.kind == "redeem" and is_forgotten(member.programme, entry, at):
                return None             # it is remembered for the returns of its sale alone
            if entry.kind == "return" and is_return_forgotten(member.programme, entry, at):
                return None
            if entry.kind == "return" and (is_taken_over(member, entry.sale) or is_forgotten(member.programme, entry.sale, at)):
                return None             # one that came late may outlive its sale
            return entry
    return None


def was_asked_for_late(cause):
    """Is the time over for a redemption that was refused? Who asks about the time does not know that it was."""
    programme = cause.member.programme
    for entry in called(cause.member, cause.record["of"], cause.key):
        if entry.kind == "redeem" and not is_redemption_forgotten(programme, entry, cause.at):
            return is_late(programme, entry, cause.entry.stated) and not is_forgotten(programme, entry, cause.at)
    return False


def decide_cancel(engine, cause):
    thing = cancelled_thing(cause.member, cause.record["of"], cause.at, cause.key)
    if thing is None:
        engine.refuse(cause, "cancel", "late-return" if was_asked_for_late(cause) else "unknown-fact")
        return
    if thing.kind == "redeem":
        if is_late(cause.member.programme, thing, cause.entry.stated):
            engine.refuse(cause, "cancel", "late-return")
        return                          # the rest is loyalty-redeem's
    if thing.cancelled:
        engine.refuse(cause, "cancel", "already-cancelled")
        return
    thing.cancelled = True
    sale = thing if thing.kind == "purchase" else thing.sale
    cause.entry.sale = sale
    settle_with(engine, cause, sale)
