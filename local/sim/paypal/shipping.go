package paypal

// shipping is where the goods go (Orders spec, schema shipping_detail).
type shipping struct {
	Name    *fullName `json:"name,omitempty"`
	Type    string    `json:"type,omitempty"`
	Address *address  `json:"address,omitempty"`
}

type fullName struct {
	FullName string `json:"full_name"`
}

// address has the fields PayPal supports in a shipping address; the portable
// address of the spec has more.
type address struct {
	Line1       string `json:"address_line_1,omitempty"`
	Line2       string `json:"address_line_2,omitempty"`
	Area2       string `json:"admin_area_2,omitempty"` // city
	Area1       string `json:"admin_area_1,omitempty"` // state or province
	PostalCode  string `json:"postal_code,omitempty"`
	CountryCode string `json:"country_code"`
}

func readShipping(p part) *shipping {
	if !p.object("name", "type", "address") {
		return nil
	}
	s := &shipping{Address: readAddress(p.member("address"))}
	if name := p.member("name"); name.object("full_name") {
		s.Name = &fullName{name.need("full_name").text(1, 300)}
	}
	if kind := p.member("type"); kind.found {
		s.Type = kind.oneOf("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON")
		if s.Type != "SHIPPING" {
			kind.refuse("NOT_SUPPORTED")
		}
	}
	return s
}

func readAddress(p part) *address {
	if !p.object("address_line_1", "address_line_2", "admin_area_2", "admin_area_1", "postal_code", "country_code") {
		return nil
	}
	a := &address{
		Line1:       p.member("address_line_1").text(0, 300),
		Line2:       p.member("address_line_2").text(0, 300),
		Area2:       p.member("admin_area_2").text(0, 120),
		Area1:       p.member("admin_area_1").text(0, 300),
		PostalCode:  p.member("postal_code").text(0, 60),
		CountryCode: p.need("country_code").country(),
	}
	if a.Line1 == "" {
		p.member("address_line_1").breaks("SHIPPING_ADDRESS_INVALID")
	}
	if a.Area2 == "" && !withoutCity[a.CountryCode] {
		p.member("admin_area_2").breaks("CITY_REQUIRED")
	}
	if a.PostalCode == "" && !withoutPostcode[a.CountryCode] {
		p.member("postal_code").breaks("POSTAL_CODE_REQUIRED")
	}
	return a
}

// checkDelivery: with SET_PROVIDED_ADDRESS the buyer cannot choose where the
// goods go, so every unit has to say it. The spec has no code of its own for
// the omission.
func checkDelivery(p part, preference string, units []purchase) {
	if preference != "SET_PROVIDED_ADDRESS" {
		return
	}
	for i, place := range p.list(0, len(units)) {
		if units[i].Shipping == nil || units[i].Shipping.Address == nil {
			place.member("shipping").member("address").breaks("SHIPPING_ADDRESS_INVALID")
		}
	}
}
