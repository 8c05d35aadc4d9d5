/*
 * civil.c - the proleptic Gregorian calendar: days, dates, weekdays.
 *
 * Years are counted from March, so that the leap day is the last of its year
 * and months have a regular pattern of 153 days in five.
 */
#include "zone.h"

enum {
	YEARS_AN_ERA = 400,
	DAYS_AN_ERA = 146097,
	DAYS_4_YEARS = 1461,
	DAYS_5_MONTHS = 153,
	DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
	EPOCH_WEEKDAY = 3,      /* a Thursday */
	ERAS_BEFORE = 15000,    /* added so that all days we can count are positive */
};

int32_t
day_from_civil(int32_t year, int month, int day)
{
	uint32_t from_march = (uint32_t)(year - (month < 3) + ERAS_BEFORE * YEARS_AN_ERA);
	int month_from_march = month < 3 ? month + 9 : month - 3;
	int64_t days = from_march * INT64_C(365);

	days += from_march / 4 - from_march / 100 + from_march / YEARS_AN_ERA;
	days += (DAYS_5_MONTHS * month_from_march + 2) / 5 + day - 1;
	return (int32_t)(days - ERAS_BEFORE * (int64_t)DAYS_AN_ERA - DAYS_TO_EPOCH);
}

void
civil_from_day(int32_t day, struct civil *civil)
{
	uint64_t days = (uint64_t)(day + ERAS_BEFORE * (int64_t)DAYS_AN_ERA + DAYS_TO_EPOCH);
	uint64_t era = days / DAYS_AN_ERA;
	uint32_t of_era = (uint32_t)(days - era * DAYS_AN_ERA);
	uint32_t century = (4 * of_era + 3) / DAYS_AN_ERA;
	uint32_t of_century = of_era - century * DAYS_AN_ERA / 4;
	uint32_t year = (4 * of_century + 3) / DAYS_4_YEARS;
	uint32_t of_year = of_century - year * DAYS_4_YEARS / 4;
	uint32_t month = (5 * of_year + 2) / DAYS_5_MONTHS;

	year += century * 100 + (month >= 10);
	*civil = (struct civil){
		.year = ((int32_t)era - ERAS_BEFORE) * YEARS_AN_ERA + (int32_t)year,
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
