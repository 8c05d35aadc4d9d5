"""loyalty-expire: lots and vouchers whose end has come, and what is forfeited."""


def decide(engine, cause):
    member = cause.member
    if cause.is_fact and cause.kind == "leave" and not cause.entry.refused:
        if engine.programme.policy["leave"] == "forfeit":
            forfeit(engine, cause, "leave", [(unit, None) for unit in engine.programme.spendable])
    pending, member.forfeits = member.forfeits, []
    for rule in dict.fromkeys(rule for rule, unit, buckets in pending):
        forfeit(engine, cause, rule, [(unit, buckets) for name, unit, buckets in pending if name == rule])
    expire_lots(engine, cause)
    expire_vouchers(engine, cause)


def forfeit(engine, cause, rule, units):
    """Each (unit, its buckets or None) whole, pending lots included, debt not."""
    lots = [lot for lot in cause.member.all_lots()
            if any(lot.unit == unit and (buckets is None or lot.bucket in buckets) for unit, buckets in units)
            and cause.member.left(lot) > 0 and not cause.member.is_dead(lot, cause.now)]
    post_end(engine, cause, "forfeited", rule, lots)


def expire_lots(engine, cause):
    post_end(engine, cause, "expired", "expire", dead_lots(cause.member, cause.now))


def dead_lots(member, now):
    return [lot for lot in member.all_lots() if member.left(lot) > 0 and member.is_dead(lot, now)]


def post_end(engine, cause, kind, rule, lots):
    if not lots:
        return
    member = cause.member
    moves = [(lot.name, lot.unit, -member.left(lot)) for lot in lots]
    posting = engine.new(cause, member, kind, rule)
    units = {}
    for name, unit, amount in moves:
        units[unit] = units.get(unit, 0) + amount
    engine.set_units(posting, units)
    posting.record["lots"] = engine.lots_text(moves)
    posting.moves = moves
    engine.post(posting)


def expire_vouchers(engine, cause):
    for voucher in cause.member.vouchers:
        if voucher.state == "open" and voucher.is_expired(cause.now):
            posting = engine.new(cause, cause.member, "expired", voucher.reward["id"])
            posting.record["voucher"] = voucher.name
            voucher.state, voucher.over = "expired", posting
            engine.post(posting)


def due_instants(engine, member):
    """When lots and vouchers end."""
    found = set()
    if engine.programme.policy["sweep"] != "on-tick":
        for lot in member.all_lots():
            if member.left(lot) > 0:
                end, swept = member.end(lot)
                if end is not None:
                    found.add(end)
    for voucher in member.vouchers:
        if voucher.state == "open" and voucher.end is not None:
            found.add(voucher.end)
    return found
