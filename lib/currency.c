/*
 * currency.c - ISO 4217: how many decimals the money of a programme has.
 *
 * List one of the standard as of 2026, and the codes that left it since 2020,
 * for logs that go back (ANG, BGN, CUC, HRK, SLL, ZWL). Metals, fund units
 * and test codes have no smallest part and are left out.
 */
#include "decimal.h"

enum { CODE_LENGTH = 3 };

static const char no_decimals[] =
	"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";

/* clang-format off */
static const char two_decimals[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD "
	"BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD "
	"EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS "
	"INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
	"MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
	"PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP "
	"SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
	"ZAR ZMW ZWG ZWL ";
/* clang-format on */

static const char three_decimals[] = "BHD IQD JOD KWD LYD OMR TND ";

static const char four_decimals[] = "CLF UYW ";

static bool
is_listed(const char *list, struct slice code)
{
	for (; *list; list += CODE_LENGTH + 1)
		if (memcmp(list, code.data, CODE_LENGTH) == 0)
			return true;
	return false;
}

int
currency_decimals(struct slice code)
{
	if (code.size != CODE_LENGTH)
		return -1;
	if (is_listed(two_decimals, code))
		return 2;
	if (is_listed(no_decimals, code))
		return 0;
	if (is_listed(three_decimals, code))
		return 3;
	if (is_listed(four_decimals, code))
		return 4;
	return -1;
}
