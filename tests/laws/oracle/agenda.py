"""Due dates: everything that time causes for a member, in order of time and, at one instant, of kind."""

from datetime import date

from . import expire, tier
from .programme import is_fact_trigger
from .times import CALENDAR, Duration, in_year, month_day

CLOSING, TIER, EXPIRE, USABLE, OPENING = range(5)


def due(engine, member, after, upto):
    """All due causes of a member in (after, upto]: (instant, kind, place in the document, name)."""
    found = []
    for number, moment in enumerate(engine.programme.moments()):
        kind = CLOSING if is_closing(moment) else OPENING
        if not member.is_gone:
            for instant in moment_instants(engine, member, moment, after, upto):
                if instant > member.began:
                    found.append((instant, kind, number, moment))
    if not member.is_gone:
        found += [(instant, TIER, 0, "tier") for instant in tier.due_instants(engine, member)]
    found += [(instant, EXPIRE, 0, "expire") for instant in expire.due_instants(engine, member)]
    for lot in member.all_lots():
        if lot.usable > lot.at and member.left(lot) > 0:
            found.append((lot.usable, USABLE, 0, "usable"))
    return sorted(set(one for one in found if after < one[0] <= upto))


def is_closing(moment):
    return moment.startswith("end-of-") and not any(sign in moment for sign in "+@") and "-P" not in moment


def split(moment):
    """(the anchor, Duration or None, sign, clock or None) of a MOMENT."""
    clock = None
    if "@" in moment:
        moment, clock = moment.split("@")
    for mark, sign in (("+P", 1), ("-P", -1)):
        if mark in moment:
            anchor, rest = moment.split(mark)
            return anchor, Duration("P" + rest), sign, clock
    return moment, None, 1, clock


def moment_instants(engine, member, moment, after, upto):
    """The instants of a moment around (after, upto]."""
    anchor, duration, sign, clock = split(moment)
    place = engine.programme.place
    found = []
    for instant, known in anchors(engine, member, anchor, after, upto):
        if duration:
            instant = place.add(instant, duration, sign)
        if clock:
            instant = place.at_clock(instant, clock)
        if known is None or instant > known:
            found.append(instant)
    return found


def anchors(engine, member, anchor, after, upto):
    """(instant, since when it is known) of what a moment hangs on, from a year before to a year after."""
    place = engine.programme.place
    years = range(place.day(after).year - 2, place.day(upto).year + 3)
    if is_fact_trigger(anchor):
        facts = member.happenings(anchor)
        return [(facts[-1], facts[-1])] if facts else []
    if anchor == "birthday":
        birthday = member.birthday()
        known = member.known_since("birthday")
        return [(place.instant(in_year(year, *birthday)), known) for year in years] if birthday else []
    if anchor == "anniversary":
        enrolled = member.happenings("enrol")
        if not enrolled:
            return []
        day = place.day(enrolled[-1])
        return [(place.instant(in_year(year, day.month, day.day)), enrolled[-1]) for year in years if year > day.year]
    if anchor.startswith("start-of-") or anchor.startswith("end-of-"):
        edge = 0 if anchor.startswith("start-of-") else 1
        period = anchor.split("-of-", 1)[1]
        known = member.known_since("birthday") if period == "birthday-month" else None
        return [(window[edge], known) for window in windows(engine, member, period, years) if window[edge] is not None]
    return [(place.instant(in_year(year, *month_day(anchor))), None) for year in years]


def windows(engine, member, period, years):
    """All windows of a period in these years."""
    place = engine.programme.place
    periods = engine.programme.periods
    if period in CALENDAR:
        instant, found = place.instant(date(years[0], 1, 1)), []
        while place.day(instant).year <= years[-1]:
            window = place.calendar(period, instant)
            found.append(window)
            instant = window[1]
        return found
    found = []
    for year in years:
        for window in periods.windows_around(period, place.instant(date(year, 7, 1)), member):
            if window not in found:
                found.append(window)
    return found
