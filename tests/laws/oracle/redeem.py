"""loyalty-redeem: debts settled, vouchers used, redemptions asked for, and rewards that come by themselves."""

from fractions import Fraction

from .conditions import element_holds
from .earn import make_lots, take
from .limits import Firing, room
from .money import basket_money, line_money, lines_of, part_by_line, remaining
from .recheck import Then, fallen_vouchers, sale_of_group
from .returns import TAKING, cancelled_thing, is_forgotten, is_redemption_forgotten, is_taken_over, is_whole, latest_named, rests_of, sale_named, waivable
from .values import NotSupported, as_list, floor, money_text, number, rounded


class Voucher:
    def __init__(self, name, reward, issued, usable, end, qty):
        self.name, self.reward, self.issued, self.usable, self.end, self.qty = name, reward, issued, usable, end, qty
        self.state = "open"             # open, used, voided, expired
        self.used_on = None
        self.over = None                # the posting that used, voided or ended it
        self.cause = None               # of one that came by itself: the cause of its group,
        self.then = None                # the member as they were,
        self.paid = None                # the `redeemed` that paid for it,
        self.for_balance = False        # and whether it was bought by the balance

    def is_expired(self, now):
        return self.state == "expired" or (self.end is not None and self.end <= now)

    def is_forgotten(self, programme, now):
        """One that is over is known as long as a sale of that time: what it came of and was used for is not later."""
        return self.over is not None and is_forgotten(programme, self.over, now)


def decide(engine, cause):
    from . import transfer

    settle(engine, cause)
    fact = cause.entry if cause.is_fact else None
    if fact and fact.refused:
        return
    if fact and fact.kind == "leave":
        if engine.programme.policy["leave"] == "forfeit":
            void_all(engine, cause)
        return
    if cause.member.is_gone:
        return
    if fact and fact.kind == "purchase":
        for name in as_list(fact.record.get("vouchers", [])):
            use_voucher(engine, cause, name)
    if sale_of_group(cause):
        give_back(engine, cause, sale_of_group(cause))
    if fact and fact.kind == "cancel":
        cancel(engine, cause)
    if fact and fact.kind == "redeem":
        ask(engine, cause)
    if fact and fact.kind == "transfer":
        transfer.transfer(engine, cause)
    if fact and fact.kind == "merge":
        transfer.merge(engine, cause)
    if fact and fact.refused:
        return                          # a refused fact changes nothing else
    by_themselves(engine, cause)


# -- debt --------------------------------------------------------------------------------------------------------


def settle(engine, cause):
    """Move debt onto lots that may pay it; give up what had expired, and under `waived` all that is left."""
    programme, member = engine.programme, cause.member
    policy = programme.policy["overdrawn"]
    settled, waived = [], {}
    for unit in programme.spendable:
        debt = -member.debt(unit)
        if debt <= 0:
            continue
        gone = min(debt, expired_share(member, unit))
        rest = debt - gone
        moves = []
        for lot in member.usable_lots(unit, cause.now):
            if policy == "debt" and member.place_of(lot) <= member.debt_grew(unit):
                continue
            here = min(rest, member.left(lot))
            if here:
                moves.append((lot.name, unit, -here))
                rest -= here
        paid = -sum(amount for name, u, amount in moves)
        if paid:
            settled += [("debt", unit, paid)] + moves
        if policy == "waived":
            gone += rest
        if gone:
            waived[unit] = gone
    if settled:
        posting = engine.new(cause, member, "settled", "settle")
        posting.moves = settled
        posting.record["lots"] = engine.lots_text(settled)
        engine.post(posting)
    if waived:
        posting = engine.new(cause, member, "waived", "waive", units=waived)
        posting.moves = [("debt", unit, amount) for unit, amount in waived.items()]
        posting.record["lots"] = engine.lots_text(posting.moves)
        engine.post(posting)


def expired_share(member, unit):
    """What was taken back of points that had expired, and is not yet waived."""
    owed = 0
    for entry in member.own_story():
        if entry.kind in TAKING:
            owed += entry.waivable.get(unit, 0)
        elif entry.kind == "waived":
            owed = max(0, owed - entry.units.get(unit, 0))
    return owed


# -- values ------------------------------------------------------------------------------------------------------


class Basket:
    """What a value is worked out on: the basket of a redeem, or a purchase."""

    def __init__(self, engine, record):
        self.record = record if record is not None else {}
        self.amount = basket_money(engine.programme, record)


def basket_of(engine, cause):
    if cause.kind == "purchase":
        return Basket(engine, cause.record)
    return Basket(engine, cause.record.get("basket"))


def eligible(basket, owner):
    """The lines that a reward's `items` or `item` selects."""
    condition = owner["item"] if "item" in owner else owner.get("items")
    listed = basket.record.get("items") or []
    if not listed and "item" not in owner and basket.record.get("type") == "purchase":
        listed = lines_of(basket.record)
    return [i for i, line in enumerate(listed) if element_holds(line, condition)]


def merchandise(engine, basket, lines):
    by_line = part_by_line(engine.programme, basket.record, "merchandise", True)
    return sum(by_line[line] for line in lines)


def worth(engine, context, owner, basket, qty, factor=Fraction(1)):
    """The value members of a reward worked out on a basket; None if it cannot be."""
    programme = engine.programme
    value = {}
    ceiling = basket.amount
    if "off" in owner:
        each = context.number(owner["off"])
        if each is None:
            return None
        amount = each * 10 ** programme.exponent * qty * factor
        if "per" in owner:
            quantity = number(basket.record.get(owner["per"])) or Fraction(0)
            most = context.number(owner.get("up_to"))
            amount *= quantity if most is None else min(quantity, most)
        else:
            ceiling = lower(ceiling, up_to(engine, context, owner, basket, qty))
        value["off"] = amount
    elif "percent" in owner:
        rate = context.number(owner["percent"])
        of = basket.amount
        if "items" in owner:
            lines = eligible(basket, owner)
            of = merchandise(engine, basket, lines) if lines else None
        if rate is None or of is None or of < 0:
            return None
        ceiling = lower(ceiling, up_to(engine, context, owner, basket, qty))
        value["percent"] = of * rate / 100 * factor
    elif "item" in owner:
        lines = eligible(basket, owner)
        if not lines:
            return None
        ceiling = lower(ceiling, up_to(engine, context, owner, basket, qty))
        value["item"] = Fraction(max(line_money(programme, basket.record["items"][line]) for line in lines)) * factor
    for key, amount in value.items():
        amount = floor(Fraction(amount))
        if ceiling is not None:
            amount = min(amount, floor(Fraction(ceiling)))
        value[key] = money_text(amount, programme.exponent)
    if "shipping" in owner:
        value["shipping"] = True
    if "benefit" in owner:
        value["benefit"] = owner["benefit"]
    return value


def lower(ceiling, other):
    if ceiling is None or other is None:
        return ceiling if other is None else other
    return min(ceiling, other)


def up_to(engine, context, owner, basket, qty):
    """The ceiling of a value in smallest money, or None."""
    stated = context.table(owner.get("up_to"))
    if stated is None:
        return None
    if isinstance(stated, str) and stated.endswith("%"):
        return None if basket.amount is None else basket.amount * number(stated[:-1]) / 100
    return number(stated) * 10 ** engine.programme.exponent * qty


def terms(engine, context, owner, qty):
    """What a voucher fixes at issue."""
    programme = engine.programme
    value = {}
    if "off" in owner:
        each = context.number(owner["off"])
        if each is None:
            return None
        value["off"] = money_text(floor(each * 10 ** programme.exponent * qty), programme.exponent)
    elif "percent" in owner:
        stated = context.table(owner["percent"])
        if stated is None:
            return None
        value["percent"] = stated
    elif "item" in owner:
        value["item"] = True
    elif "shipping" in owner:
        value["shipping"] = True
    elif "benefit" in owner:
        value["benefit"] = owner["benefit"]
    if "up_to" in owner:
        stated = context.table(owner["up_to"])
        if isinstance(stated, str) and stated.endswith("%"):
            value["up_to"] = stated
        elif stated is not None and "per" in owner:
            value["up_to"] = stated
        elif stated is not None:
            value["up_to"] = money_text(floor(number(stated) * 10 ** programme.exponent * qty), programme.exponent)
    return value


# -- asked for ---------------------------------------------------------------------------------------------------


def ask(engine, cause):
    record, programme = cause.record, engine.programme
    if "reward" not in record:
        points_alone(engine, cause)
        return
    reward = programme.reward.get(record["reward"])
    if reward is None or "redeem" not in as_list(reward.get("on", "redeem")):
        engine.refuse(cause, record["reward"], "unknown-reward")
        return
    context = cause.context()
    if not context.in_force(reward):
        engine.refuse(cause, reward["id"], "not-in-force")
        return
    choice = record.get("choice")
    if "choose" in reward and not is_good_choice(reward, choice):
        engine.refuse(cause, reward["id"], "unknown-choice")
        return
    cost, missing = price(engine, context, reward)
    qty, asked = quantity(engine, cause, cost)
    context.record = dict(record, qty=qty) if qty else record
    basket = basket_of(engine, cause)
    if not context.holds(reward.get("when")):
        engine.refuse(cause, reward["id"], "not-met")
        return
    valued = chosen(engine, reward, choice) or reward
    if "voucher" not in reward and worth(engine, context, valued, basket, 1) is None:
        engine.refuse(cause, reward["id"], "not-met")
        return
    if missing:
        engine.refuse(cause, reward["id"], missing)
        return
    if not qty:
        engine.refuse(cause, reward["id"], "step")
        return
    clamp = programme.policy["if_short"] == "clamp"
    possible = limit_room(engine, cause, reward, context)
    if possible is not None and possible < qty:
        if not clamp or possible < 1:
            engine.refuse(cause, reward["id"], "limit")
            return
        qty = floor(possible)
    bucket = record.get("bucket")
    if clamp:
        qty = min(qty, of_use(engine, context, valued, basket, qty))
        affordable = max((n for n in range(0, qty + 1) if can_pay(engine, cause, times(cost, n), bucket)), default=0)
        if affordable < 1:
            engine.refuse(cause, reward["id"], "balance", short=shortage(engine, cause, cost, bucket))
            return
        qty = affordable
    elif not can_pay(engine, cause, times(cost, qty), bucket):
        engine.refuse(cause, reward["id"], "balance", short=shortage(engine, cause, times(cost, qty), bucket))
        return
    given = give(engine, cause, reward, cost, qty, context, basket, choice=choice, shown_qty=qty,
                 bucket=bucket)
    cause.entry.redemption = given


def is_good_choice(reward, choice):
    named = as_list(choice)
    return (len(named) == reward.get("count", 1) and len(set(named)) == len(named)
            and all(name in as_list(reward["choose"]) for name in named))


def chosen(engine, reward, choice):
    """The reward that a choice gives, if it is one."""
    if "choose" in reward and choice is not None:
        for name in as_list(choice):
            if name in engine.programme.reward:
                if len(as_list(choice)) > 1 or "voucher" in engine.programme.reward[name] or "voucher" in reward:
                    raise NotSupported("several rewards, or vouchers, by one choice")
                return engine.programme.reward[name]
    return None


def price(engine, context, reward):
    """({unit: smallest parts}, why there is none)."""
    cost = {}
    for unit, value in reward.get("cost", {}).items():
        found = context.number(value)
        if found is None:
            by_choice = isinstance(value, dict) and value.get("by") == "choice"
            return None, "unknown-choice" if by_choice else "no-price"
        cost[unit] = int(engine.programme.units[unit].smallest(found))
    return cost, None


def times(cost, qty):
    return {unit: amount * qty for unit, amount in cost.items()}


def quantity(engine, cause, cost):
    """How many are asked for: qty, or as many as the stated points are."""
    record = cause.record
    if "points" not in record:
        return int(number(record.get("qty", 1))), True
    if not cost:
        return 0, True
    unit, each = next(iter(cost.items()))
    points = engine.programme.units[unit].smallest(record["points"])
    whole = floor(points / each)
    if whole * each != points and engine.programme.policy["if_short"] == "refuse":
        return 0, True
    return whole, True


def limit_room(engine, cause, reward, context):
    """How many more the limits allow, or None."""
    possible = None
    path = "rewards[%d]" % engine.programme.rewards.index(reward)
    for key, limit, name in engine.programme.limits_of(reward, path):
        here = room(engine, cause, cause.member, key, limit, context)
        counts = [here.times] if here.times is not None else []
        for unit, most in here.most.items():
            each = given_units(engine, context, reward, 1).get(unit, 0)
            if each:
                counts.append(Fraction(most) / each)
        for count in counts:
            count = max(0, floor(Fraction(count)))
            possible = count if possible is None else min(possible, count)
    return possible


def of_use(engine, context, reward, basket, qty):
    """Clamp: no more multiples than the basket and the ceilings leave of use."""
    if "off" not in reward or "per" in reward:
        return qty
    ceiling = lower(basket.amount, up_to(engine, context, reward, basket, 1))
    each = context.number(reward["off"]) * 10 ** engine.programme.exponent
    if ceiling is None or not each:
        return qty
    if basket.amount is None:
        return qty
    return max(1, min(qty, -floor(-Fraction(basket.amount) / each)))


def payable(engine, cause, unit, bucket=None):
    """What can be paid at once: the balance, or of buckets the best one, or the one that is named."""
    member = cause.member
    balance = member.balance(unit, cause.now)
    if not engine.programme.units[unit].bucket:
        return balance
    held = [sum(member.left(lot) for lot in lots) for lots in buckets(engine, cause, unit, bucket)]
    return min(balance, max(held, default=0))


def buckets(engine, cause, unit, bucket=None):
    """The usable lots by bucket, in the order of the first lot of each; or only the bucket that begins on a named day."""
    found = {}
    for lot in cause.member.usable_lots(unit, cause.now):
        if bucket is None or engine.programme.place.day(lot.bucket).isoformat() == bucket:
            found.setdefault(lot.bucket, []).append(lot)
    return list(found.values())


def can_pay(engine, cause, cost, bucket=None):
    return all(payable(engine, cause, unit, bucket) >= amount for unit, amount in cost.items())


def shortage(engine, cause, cost, bucket=None):
    return {unit: amount - payable(engine, cause, unit, bucket) for unit, amount in cost.items()
            if amount > payable(engine, cause, unit, bucket)}


def pay(engine, cause, cost, bucket=None):
    """The lots that pay, in the order in which they are taken."""
    moves = []
    for unit in engine.programme.units:
        amount = cost.get(unit, 0)
        lots = cause.member.usable_lots(unit, cause.now)
        if engine.programme.units[unit].bucket and amount:
            lots = next(group for group in buckets(engine, cause, unit, bucket)
                        if sum(cause.member.left(lot) for lot in group) >= amount)
        for lot in lots:
            here = min(amount, cause.member.left(lot))
            if here:
                moves.append((lot.name, unit, -here))
                amount -= here
    return moves


def points_alone(engine, cause):
    programme, record = engine.programme, cause.record
    unit = record.get("unit", programme.spendable[0])
    amount = int(programme.units[unit].smallest(record["points"]))
    bucket = record.get("bucket")
    have = payable(engine, cause, unit, bucket)
    if have < amount and (programme.policy["if_short"] == "refuse" or have <= 0):
        engine.refuse(cause, "redeem", "balance", short={unit: amount - have})
        return
    cost = {unit: min(amount, have)}
    moves = pay(engine, cause, cost, bucket)
    posting = engine.new(cause, cause.member, "redeemed", "redeem", units={u: -n for u, n in cost.items()})
    posting.moves = moves
    posting.record["lots"] = engine.lots_text(moves)
    engine.post(posting)
    cause.entry.redemption = [posting]


# -- giving ------------------------------------------------------------------------------------------------------


def given_units(engine, context, reward, qty):
    units = {}
    for unit, value in reward.get("give", {}).items():
        found = context.number(value)
        if found is not None:
            kind = engine.programme.units[unit]
            units[unit] = rounded(kind.smallest(found) * qty, kind.round)
    return units


def give(engine, cause, reward, cost, qty, context, basket, choice=None, shown_qty=None, bucket=None):
    """Post one redemption: what is paid, what is given, and the voucher if it is one. The postings."""
    programme, member = engine.programme, cause.member
    valued = chosen(engine, reward, choice) or reward
    voucher = reward.get("voucher")
    path = "rewards[%d]" % programme.rewards.index(reward)
    firing = Firing(member, programme.limits_of(reward, path), cause, times=qty, amount=Fraction(0), rule=reward["id"])
    firing.sale = None
    firing.given = {} if voucher is not None else given_units(engine, context, valued, qty)
    member.firings.append(firing)
    engine.firings.append(firing)
    postings = []
    paid = times(cost, qty)
    if paid or voucher is None:
        posting = engine.new(cause, member, "redeemed", reward["id"])
        moves = pay(engine, cause, paid, bucket)
        units = {unit: -amount for unit, amount in paid.items()}
        for unit, amount in firing.given.items():
            units[unit] = units.get(unit, 0) + amount
        engine.set_units(posting, units)
        if moves:
            posting.record["lots"] = engine.lots_text(moves)
        posting.moves = list(moves)
        describe(posting, reward, valued, choice, shown_qty)
        if voucher is None:
            posting.record.update(worth(engine, context, valued, basket, qty) or {})
            if firing.given:
                kept, posting.units = posting.units, firing.given
                make_lots(engine, cause, posting, {}, context)
                posting.units = kept
        firing.posting = posting
        posting.firing = firing
        engine.post(posting)
        postings.append(posting)
    if voucher is not None:
        postings.append(issue(engine, cause, reward, valued, choice, qty, context))
        postings[-1].firing = firing
    return postings


def describe(posting, reward, valued, choice, qty):
    if qty is not None and qty != 1:
        posting.record["qty"] = qty
    if choice is not None:
        posting.record["choice"] = choice
    if valued is not reward:
        posting.record["reward"] = valued["id"]


def issue(engine, cause, reward, valued, choice, qty, context):
    programme, member = engine.programme, cause.member
    spec = reward["voucher"]
    posting = engine.new(cause, member, "issued", reward["id"])
    describe(posting, reward, valued, choice, qty)
    posting.record.update(terms(engine, context, valued, qty) or {})
    usable = posting.at
    if "pending" in spec:
        usable = programme.periods.life_end(context.table(spec["pending"]), posting.at, member, "instant")
        posting.record["usable"] = programme.place.write(usable)
    end = programme.periods.life_end(context.table(spec.get("life", "forever")), posting.at, member, programme.policy["last_day"])
    if end is not None:
        posting.record["until"] = programme.place.write(end)
    voucher = Voucher(posting.id, reward, posting, usable, end, qty)
    member.vouchers.append(voucher)
    posting.voucher = voucher
    engine.post(posting)
    return posting


# -- by themselves -----------------------------------------------------------------------------------------------


def by_themselves(engine, cause):
    """Triggered rewards in document order, then the balance ones again until none fires."""
    for number_, reward in enumerate(engine.programme.rewards):
        triggers = [trigger for trigger in as_list(reward.get("on", "redeem")) if trigger not in ("redeem", "balance", "choice")]
        for _ in range(engine.matches_of(cause, reward, triggers, ("reward", number_))):
            fire(engine, cause, reward)
        if "balance" in as_list(reward.get("on", "redeem")):
            fire(engine, cause, reward, for_balance=True)
    while any([fire(engine, cause, reward, for_balance=True) for reward in engine.programme.rewards
               if "balance" in as_list(reward.get("on", "redeem"))]):
        pass


def fire(engine, cause, reward, for_balance=False):
    """A reward by itself: once, or with a cost as often as the balance and the limits allow. Did it fire?"""
    context = cause.context()
    if not context.in_force(reward) or not context.holds(reward.get("when")):
        return False
    cost, missing = price(engine, context, reward)
    basket = basket_of(engine, cause)
    if missing or ("voucher" not in reward and worth(engine, context, reward, basket, 1) is None):
        return False
    possible = limit_room(engine, cause, reward, context)
    then = Then(cause, [], {}) if "rewards" in engine.programme.rechecks else None
    gifts = []
    if reward.get("voucher", {}).get("as_one") and cost:
        count = 0
        while can_pay(engine, cause, times(cost, count + 1)) and (possible is None or count < possible):
            count += 1
        if count:
            gifts = [give(engine, cause, reward, cost, count, context, basket)]
    else:
        count = 0
        while (count == 0 or cost) and can_pay(engine, cause, cost) and (possible is None or count < possible):
            gifts.append(give(engine, cause, reward, cost, 1, context, basket))
            count += 1
    for given in gifts:
        if given[-1].voucher:
            voucher = given[-1].voucher
            voucher.cause, voucher.then, voucher.for_balance = cause, then, for_balance
            voucher.paid = given[0] if len(given) > 1 else None
    if count and reward.get("rest") == "lost":
        lose_rest(cause, reward, cost, [posting for given in gifts for posting in given])
    return count > 0


def lose_rest(cause, reward, cost, given):
    """Mark what remains of the cost's units for the end of the group; of a unit with buckets, that of the buckets that paid."""
    for unit in cost:
        buckets_paid = {cause.member.lot_named(name, unit).bucket for posting in given for name, u, n in posting.moves if u == unit}
        cause.member.forfeits.append((reward["id"], unit, buckets_paid))


# -- vouchers ----------------------------------------------------------------------------------------------------


def vouchers_called(engine, member, name, now):
    """Several, where members of one history were merged, or a sale's id was used again."""
    return [one for one in member.vouchers if one.name == name and not one.is_forgotten(engine.programme, now)]


def use_voucher(engine, cause, name):
    member, record = cause.member, cause.record
    named = vouchers_called(engine, member, name, cause.at)
    voucher = next((one for one in named if one.state == "open"), named[0] if named else None)
    why = None
    if voucher is None:
        why = "unknown-voucher"
    elif voucher.state in ("used", "voided"):
        why = "used-voucher" if voucher.state == "used" else "unknown-voucher"
    elif voucher.is_expired(cause.now):
        why = "expired-voucher"
    elif voucher.usable > cause.now:
        why = "pending-voucher"
    context = cause.context()
    if why is None:
        spec = voucher.reward["voucher"]
        value = voucher_worth(engine, cause, context, voucher)
        others = len(as_list(record.get("vouchers", []))) > 1
        if not context.holds(spec.get("when")) or (spec.get("alone") and others) or value is None:
            why = "unsuitable-voucher"
    if why:
        engine.refuse(cause, "purchase", why, whole=False)
        return
    posting = engine.new(cause, member, "used", voucher.reward["id"])
    posting.record["voucher"] = voucher.name
    posting.record.update(value)
    voucher.state, voucher.used_on, voucher.over = "used", cause.entry, posting
    engine.post(posting)


def voucher_worth(engine, cause, context, voucher):
    """What the voucher is worth on this purchase: its fixed terms, and `worth` looked up now."""
    factor = context.number(voucher.reward["voucher"].get("worth", 1))
    fixed = dict(voucher.reward)
    stated = voucher.issued.record
    for key in ("off", "percent", "up_to"):
        if key in stated:
            fixed[key] = stated[key]
    return worth(engine, context, fixed, basket_of(engine, cause), 1, Fraction(1) if factor is None else factor)


def void_all(engine, cause):
    for voucher in cause.member.vouchers:
        if voucher.state == "open":
            void(engine, cause, voucher)


def void(engine, cause, voucher):
    posting = engine.new(cause, cause.member, "voided", voucher.reward["id"])
    posting.record["voucher"] = voucher.name
    voucher.state, voucher.over = "voided", posting
    engine.post(posting)


# -- cancel ------------------------------------------------------------------------------------------------------


def cancel(engine, cause):
    member = cause.member
    thing = cancelled_thing(member, cause.record["of"], cause.at, cause.key)
    if thing.kind == "purchase":
        for voucher in member.vouchers:
            if voucher.state == "used" and voucher.used_on is thing:
                voucher.state, voucher.used_on, voucher.over = "open", None, None
        return
    if thing.kind != "redeem":
        return
    if thing.cancelled:
        engine.refuse(cause, "cancel", "already-cancelled")
        return
    vouchers = [posting.voucher for posting in thing.redemption if posting.kind == "issued"]
    if any(voucher.state == "used" for voucher in vouchers):
        engine.refuse(cause, "cancel", "voucher-used")
        return
    thing.cancelled = True
    for posting in thing.redemption:
        if posting.firing:
            posting.firing.undone = True
        if posting.kind == "redeemed":
            restore(engine, cause, posting)
    for voucher in vouchers:
        if voucher.state != "voided":
            void(engine, cause, voucher)


def restore(engine, cause, redeemed):
    """Give back what is left to give back of a redemption."""
    put_back(engine, cause, redeemed, Fraction(1))
    given = redeemed.firing.given if redeemed.firing else {}
    if given:
        posting = engine.new(cause, cause.member, "restored", redeemed.rule, units={unit: -amount for unit, amount in given.items()})
        for unit, amount in given.items():
            posting.shares.append((redeemed.id, unit, -amount))
            take_from(cause.member, posting, cause.member.lot_named(redeemed.id, unit, redeemed.owner), unit, amount)
        posting.record["lots"] = engine.lots_text([(cause.member.lot_named(name, unit, redeemed.owner).name, unit, n) for name, unit, n in posting.shares])
        engine.post(posting)


def cost_of(engine, redeemed):
    """What was paid, below 0: the units without what they gave."""
    given = redeemed.firing.given if redeemed.firing else {}
    return {unit: redeemed.units.get(unit, 0) - given.get(unit, 0) for unit in engine.programme.units}


def put_back(engine, cause, redeemed, share):
    """Bring what was restored of a redemption up to a share of what it took."""
    member, policy = cause.member, engine.programme.policy["restore"]
    units = {}
    for unit, amount in cost_of(engine, redeemed).items():
        more = floor(-amount * share) - restored_of(member, redeemed, unit) if amount < 0 else 0
        if more > 0:
            units[unit] = more
    if not units or policy == "lost":
        return
    posting = engine.new(cause, member, "restored", redeemed.rule, units=units)
    posting.original = redeemed
    if policy == "original":
        for lot, unit, amount in redeemed.moves:
            here = min(units.get(unit, 0), -amount - lot_restored(member, redeemed, lot, unit))
            if here > 0:
                posting.shares.append((lot, unit, here))
                units[unit] -= here
        posting.moves = [(member.lot_named(lot, unit, redeemed.owner).name, unit, here) for lot, unit, here in posting.shares]
        posting.record["lots"] = engine.lots_text(posting.moves)
    else:
        make_lots(engine, cause, posting, {}, cause.context())
        posting.shares = list(posting.moves)
    engine.post(posting)


def is_lots_name(engine, member, name):
    """May postings still name a lot of a member so: is something left of it, or could a redemption give back to it?"""
    if any(lot.name == name and member.left(lot) > 0 for lot in member.all_lots()):
        return True
    if engine.programme.policy["restore"] != "original":
        return False
    return any(member.lot_named(lot, unit, redeemed.owner).name == name
               for redeemed in redemptions_known(engine, member) for lot, unit, amount in redeemed.moves if amount < 0)


def redemptions_known(engine, member):
    """What was paid for redemptions that can be named."""
    known = [fact.redemption[0] for key in member.keys for fact in latest_named(member, key)
             if fact.kind == "redeem" and fact.redemption and not is_redemption_forgotten(engine.programme, fact, engine.clocks[member.key])]
    return [posting for posting in known if posting.kind == "redeemed"]


def restored_of(member, redeemed, unit):
    return sum(entry.units.get(unit, 0) for entry in member.story if entry.kind == "restored" and entry.original is redeemed)


def lot_restored(member, redeemed, lot, unit):
    return sum(n for entry in member.story if entry.kind == "restored" and entry.original is redeemed
               for name, u, n in entry.shares if (name, u) == (lot, unit))


# -- what a return gives back --------------------------------------------------------------------------------------


def give_back(engine, cause, sale):
    """Under restore: share, restore what paid for a sale; under recheck: rewards, void what it no longer brings."""
    if engine.programme.restores_share and cause.is_fact and not sale.cancelled:
        share = share_of_sale(engine, sale)
        for redemption in redemptions_of(cause.member, sale, cause.at):
            for redeemed in [posting for posting in redemption.redemption if posting.kind == "redeemed"]:
                put_back(engine, cause, redeemed, share)
                take_again(engine, cause, redeemed, share)
    if "rewards" in engine.programme.rechecks:
        for voucher in fallen_vouchers(engine, cause, sale):
            voucher.issued.firing.undone = True
            if voucher.paid:
                restore(engine, cause, voucher.paid)
            void(engine, cause, voucher)


def redemptions_of(member, sale, at):
    """The redemptions that went with a sale, as far as they are remembered: those that it names, then those that name it."""
    redeems = [entry for entry in member.facts("redeem")
               if not is_taken_over(member, entry) and not is_redemption_forgotten(member.programme, entry, at)]
    named = [entry for name in sale.record.get("redeems", []) for entry in redeems if entry.record.get("id") == name]
    naming = [entry for entry in redeems if entry.record.get("of") == sale.record.get("id")]
    return [entry for entry in dict.fromkeys(named + naming) if not entry.cancelled and goes_with(member, entry, sale)]


def goes_with(member, redemption, sale):
    """A redemption goes back with the sale that it names, else with the first that names it and comes back."""
    if redemption.sale is None and "of" in redemption.record:
        named = sale_named(member, redemption.record["of"], redemption.record["member"], redemption.place)
        redemption.sale = None if named is None or is_forgotten(member.programme, named, redemption.at) else named
    if redemption.sale is None:
        redemption.sale = sale
    return redemption.sale is sale


def share_of_sale(engine, sale):
    """What part of the sale's amount is back."""
    if is_whole(sale):
        return Fraction(1)
    return 1 - remaining(engine.programme, sale.record, rests_of(sale)).part


def take_again(engine, cause, redeemed, share):
    """After a cancelled return: what was restored beyond the share goes back, the latest given first."""
    member = cause.member
    units = {}
    for unit, amount in cost_of(engine, redeemed).items():
        less = restored_of(member, redeemed, unit) - floor(-amount * share) if amount < 0 else 0
        if less > 0:
            units[unit] = -less
    if not units:
        return
    posting = engine.new(cause, member, "restored", redeemed.rule, units=units)
    posting.original = redeemed
    if engine.programme.policy["restore"] == "new":
        posting.moves = [move for unit, amount in units.items() for move in take(member, unit, -amount, cause.now)]
        engine.post(posting)
        return
    given = [share_ for entry in member.story if entry.kind == "restored" and entry.original is redeemed for share_ in entry.shares]
    for name, unit in dict.fromkeys((name, unit) for name, unit, n in reversed(given)):
        here = min(-units.get(unit, 0), lot_restored(member, redeemed, name, unit))
        if here <= 0:
            continue
        units[unit] += here
        posting.shares.append((name, unit, -here))
        take_from(member, posting, member.lot_named(name, unit, redeemed.owner), unit, here)
    order = [(lot, unit) for lot, unit, amount in redeemed.moves]
    posting.shares.sort(key=lambda share_: order.index(share_[:2]))     # named in the order in which they paid
    posting.record["lots"] = engine.lots_text([(member.lot_named(name, unit, redeemed.owner).name, unit, n) for name, unit, n in posting.shares])
    engine.post(posting)


def take_from(member, posting, lot, unit, amount):
    """Of a lot as far as it goes, the rest is debt."""
    taken = min(member.left(lot), amount)
    if taken:
        posting.moves.append((lot.name, unit, -taken))
    if amount > taken:
        posting.moves.append(("debt", unit, taken - amount))
        gone = waivable(member, lot, amount - taken)
        posting.waivable[unit] = posting.waivable.get(unit, 0) + gone
        posting.waived_of[lot.name, unit] = gone
