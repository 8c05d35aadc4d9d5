/*
 * civil.c - the proleptic Gregorian calendar: days, dates, weekdays.
 *
 * Years are counted from March, so that the leap day is the last of its year
 * and months have a regular pattern of 153 days in five.
 */
#include "zone.h"

enum {
	DAYS_400_YEARS = 146097,
	DAYS_4_YEARS = 1461,
	DAYS_5_MONTHS = 153,
	DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
	EPOCH_WEEKDAY = 3,      /* a Thursday */
};

static inline int64_t
divide_floor(int64_t value, int64_t by)
{
	int64_t quotient = value / by;

	return quotient - (value % by < 0);
}

int32_t
day_from_civil(int32_t year, int month, int day)
{
	int64_t from_march = (int64_t)year - (month < 3);
	int month_from_march = month < 3 ? month + 9 : month - 3;
	int64_t leap_days;

	leap_days = divide_floor(from_march, 4) - divide_floor(from_march, 100) +
	            divide_floor(from_march, 400);
	return (int32_t)(from_march * 365 + leap_days + (DAYS_5_MONTHS * month_from_march + 2) / 5 +
	                 day - 1 - DAYS_TO_EPOCH);
}

void
civil_from_day(int32_t day, struct civil *civil)
{
	int64_t days = (int64_t)day + DAYS_TO_EPOCH;
	int64_t era = divide_floor(days, DAYS_400_YEARS);
	uint32_t of_era = (uint32_t)(days - era * DAYS_400_YEARS);
	uint32_t century = (4 * of_era + 3) / DAYS_400_YEARS;
	uint32_t of_century = of_era - century * DAYS_400_YEARS / 4;
	uint32_t year = (4 * of_century + 3) / DAYS_4_YEARS;
	uint32_t of_year = of_century - year * DAYS_4_YEARS / 4;
	uint32_t month = (5 * of_year + 2) / DAYS_5_MONTHS;

	*civil = (struct civil){
		.year = (int32_t)(era * 400 + century * 100 + year + (month >= 10)),
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(of_year - (DAYS_5_MONTHS * month + 2) / 5 + 1),
	};
}

int
days_in_month(int32_t year, int month)
{
	static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

int
weekday_of_day(int32_t day)
{
	int weekday = (day % 7 + EPOCH_WEEKDAY) % 7;

	return weekday < 0 ? weekday + 7 : weekday;
}
