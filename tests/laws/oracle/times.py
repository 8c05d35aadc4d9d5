"""Instants, durations, periods and lives, straight from their definitions.

An instant is an aware datetime in UTC. Everything local goes through Place, the programme's zone.
"""

import re
from functools import lru_cache
from datetime import datetime, date, timedelta, timezone
from zoneinfo import ZoneInfo

EPSILON = timedelta(microseconds=1)
UTC = timezone.utc
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CALENDAR = ["day", "week", "month", "quarter", "half-year", "year"]

DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


class Duration:
    def __init__(self, text):
        found = DURATION.match(text)
        if not found or text.endswith("P") or text.endswith("T"):
            raise ValueError("not a duration: " + text)
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        self.months = years * 12 + months
        self.days = weeks * 7 + days
        self.elapsed = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        self.of_days = not self.elapsed


def is_duration(text):
    return isinstance(text, str) and DURATION.match(text) is not None and len(text) > 1


def together(*durations):
    """Durations of months and days, one after the other."""
    all_of_them = [Duration(one) for one in durations]
    return "P%dM%dD" % (sum(one.months for one in all_of_them), sum(one.days for one in all_of_them))


def month_length(year, month):
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def move_date(day, months, days):
    """Years and months first, clamped to the month's end, then days."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    month += 1
    return date(year, month, min(day.day, month_length(year, month))) + timedelta(days=days)


def in_year(year, month, day):
    """A yearly date; the 29th of February is on the 28th in common years."""
    return date(year, month, min(day, month_length(year, month)))


class Place:
    """The programme's zone."""

    def __init__(self, name):
        self.zone = ZoneInfo(name)

    def local(self, instant):
        return instant.astimezone(self.zone)

    def day(self, instant):
        return self.local(instant).date()

    @lru_cache(maxsize=None)            # a function of its arguments alone
    def instant(self, day, clock=(0, 0, 0, 0)):
        """A wall-clock time: the first pass of a repeated one, the end of the gap for a skipped one."""
        naive = datetime(day.year, day.month, day.day, *clock)
        first = naive.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if first.astimezone(self.zone).replace(tzinfo=None) == naive:
            return first
        low = naive.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        high = first
        before = low.astimezone(self.zone).utcoffset()
        while high - low > EPSILON:
            middle = low + (high - low) // 2
            if middle.astimezone(self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high

    def add(self, instant, duration, sign=1):
        if duration.months or duration.days:
            local = self.local(instant)
            day = move_date(local.date(), sign * duration.months, sign * duration.days)
            instant = self.instant(day, (local.hour, local.minute, local.second, local.microsecond))
        return instant + sign * duration.elapsed

    def at_clock(self, instant, clock):
        hour, minute = clock.split(":")
        return self.instant(self.day(instant), (int(hour), int(minute), 0, 0))

    def read(self, text):
        """RFC 3339 with offset, or a local date or date and time."""
        found = re.match(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?([Zz]|[+-]\d\d:\d\d)?$", text)
        if not found:
            raise ValueError("not a time: " + text)
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        micro = int(((fraction or "") + "000000")[:6])
        clock = (int(hour or 0), int(minute or 0), int(second or 0), micro)
        today = date(int(year), int(month), int(day))
        if not offset:
            return self.instant(today, clock)
        shift = timedelta(0)
        if offset not in "Zz":
            shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
            if offset[0] == "-":
                shift = -shift
        return datetime(today.year, today.month, today.day, *clock, tzinfo=timezone(shift)).astimezone(UTC)

    def write(self, instant):
        local = self.local(instant)
        text = local.strftime("%Y-%m-%dT%H:%M:%S") if local.year >= 1000 else local.isoformat()[:19]
        if local.microsecond:
            text += (".%06d" % local.microsecond).rstrip("0")
        minutes = int(local.utcoffset().total_seconds() // 60)
        sign = "-" if minutes < 0 else "+"
        return text + "%s%02d:%02d" % (sign, abs(minutes) // 60, abs(minutes) % 60)

    @lru_cache(maxsize=None)
    def calendar(self, period, instant):
        """The calendar window around an instant: start and exclusive end."""
        day = self.day(instant)
        if period == "day":
            first, after = day, day + timedelta(days=1)
        elif period == "week":
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(days=7)
        else:
            months = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}[period]
            first = date(day.year, (day.month - 1) // months * months + 1, 1)
            after = move_date(first, months, 0)
        return self.instant(first), self.instant(after)


class Periods:
    """What a PERIOD is, for one member: `member` gives birthday and the happenings of own windows."""

    def __init__(self, place, named):
        self.place = place
        self.named = dict(named)
        self.named.setdefault("membership-year", {"since": "enrol", "lasts": "P1Y"})

    def window(self, period, instant, member):
        """(start, end) of the window that an instant is in, or None."""
        if period == "lifetime":
            return None, None
        if period in CALENDAR:
            return self.place.calendar(period, instant)
        for start, end in self.windows_around(period, instant, member):
            if start <= instant and (end is None or instant < end):
                return start, end
        return None

    def windows_around(self, period, instant, member):
        """The windows of a named period in the years around an instant, in order."""
        place, year = self.place, self.place.day(instant).year
        if period == "birthday-month":
            birthday = member.birthday()
            if not birthday:
                return []
            firsts = [date(y, birthday[0], 1) for y in range(year - 1, year + 3)]
            return [(place.instant(first), place.instant(move_date(first, 1, 0))) for first in firsts]
        spec = self.named[period]
        if isinstance(spec, list):
            starts = sorted(in_year(y, *month_day(text)) for y in range(year - 2, year + 4) for text in spec)
            return [(place.instant(a), place.instant(b)) for a, b in zip(starts, starts[1:])]
        if "lasts" in spec:
            return self.own_windows(spec, instant, member)
        if len(spec["from"]) == 10:
            return [(place.instant(date.fromisoformat(spec["from"])),
                     place.instant(date.fromisoformat(spec["through"]) + timedelta(days=1)))]
        found = []
        for y in range(year - 2, year + 4):
            first, last = in_year(y, *month_day(spec["from"])), in_year(y, *month_day(spec["through"]))
            if last < first:
                last = in_year(y + 1, *month_day(spec["through"]))
            found.append((place.instant(first), place.instant(last + timedelta(days=1))))
        return found

    def own_windows(self, spec, instant, member):
        """One after the other from the latest happening; a new happening begins anew."""
        happenings = member.happenings(spec["since"])
        lasts = Duration(spec["lasts"])
        found = []
        for number, anchor in enumerate(happenings):
            following = happenings[number + 1] if number + 1 < len(happenings) else None
            count = 0
            while True:
                start = self.times(anchor, lasts, count)
                end = self.times(anchor, lasts, count + 1)
                if following is not None and start >= following:
                    break
                if following is not None and end > following:
                    end = following
                found.append((start, end))
                if start > instant:
                    break
                count += 1
        return found

    def times(self, anchor, lasts, count):
        many = Duration("P0D")
        many.months, many.days, many.elapsed = lasts.months * count, lasts.days * count, lasts.elapsed * count
        return self.place.add(anchor, many)

    def counts(self, period, happened, now, member):
        """Does what happened then count in this period, looked at from now?"""
        if period == "lifetime":
            return happened <= now
        if is_duration(period):
            return happened <= now < self.place.add(happened, Duration(period))
        window = self.window(period, now, member)
        if window is None:
            return False
        start, end = window
        return start <= happened and (end is None or happened < end)

    def life_end(self, life, start, member, last_day):
        """The exclusive end of a LIFE, or None."""
        if life in (None, "forever", "never"):
            return None
        place = self.place
        clock = None
        if "@" in life:
            life, clock = life.split("@")
        rounded = None
        if ".." in life:
            life, rounded = life.split("..")
        if life.startswith("end-of-"):
            rest = life[len("end-of-"):]
            added = None
            if "+" in rest:
                rest, added = rest.split("+")
            end = self.end_of(rest, start, member)
            if end is None:
                return None
            if added:
                end = place.add(end, Duration(added))
        else:
            duration = Duration(life)
            end = place.add(start, duration)
            if rounded:
                end = self.end_of(rounded[len("end-of-"):], end, member)
            elif duration.of_days and last_day != "instant" and not clock:
                days = 1 if last_day == "whole" else 0
                end = place.instant(place.day(end) + timedelta(days=days))
        if clock:
            end = place.at_clock(end, clock)
        return end

    def end_of(self, period, instant, member):
        """The end of the window an instant is in, else of the next one to come, else None."""
        if period == "lifetime":
            return None
        window = self.window(period, instant, member)
        if window:
            return window[1]
        coming = [end for start, end in self.windows_around(period, instant, member) if start > instant]
        return coming[0] if coming else None


def month_day(text):
    return int(text[:2]), int(text[3:5])
