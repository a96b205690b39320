package paypal

import "strings"

// countries is ISO 3166-1 alpha-2, and C2, PayPal's own code for China in some
// cross-border payments (Orders spec, schema country_code). UK is not in it.
var countries = words(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL
	BM BN BO BQ BR BS BT BV BW BY BZ C2 CA CC CD CF CG CH CI CK CL CM CN CO CR CU
	CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
	GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL
	IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
	LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
	MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN
	PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR
	SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
	UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`)

// PayPal requires a city and a postcode "for the specified country" (Orders
// spec, CITY_REQUIRED and POSTAL_CODE_REQUIRED) without listing the countries.
// Here every country has both, but for these.
var (
	withoutPostcode = words(`
		AE AG AN AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GD GH GM
		GQ GY HK IE JM KI KM KN KP LC ML MO MR MW NR NU PA QA RW SB SC SL SO SR ST
		SY TF TG TK TL TO TT TV UG VU YE ZW`)
	withoutCity = words(`GI HK MC MO SG VA`)
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
