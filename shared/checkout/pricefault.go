package checkout

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/serverless-checkout/serverless-checkout/shared/money"
)

// ErrPriceList is a price list that cannot be taken.
var ErrPriceList = errors.New("checkout: not a price list")

// maxFaults is how many faults of a list are named; the others are counted.
const maxFaults = 20

// priceFaults collects what is wrong with a list, so that whoever wrote it can
// put all of it right at once.
type priceFaults struct {
	named []slip
	more  int
}

func (f *priceFaults) add(slips ...slip) {
	for _, s := range slips {
		if len(f.named) < maxFaults {
			f.named = append(f.named, s)
		} else {
			f.more++
		}
	}
}

// err is all faults as one refusal. Its text stands in the error beneath too: a
// local run shows that one.
func (f *priceFaults) err() error {
	if len(f.named) == 0 {
		return nil
	}
	var text []string
	for _, s := range f.named {
		text = append(text, s.String())
	}
	if f.more > 0 {
		text = append(text, fmt.Sprintf("and %d more", f.more))
	}
	all := strings.Join(text, "; ")
	return &Error{Kind: KindPriceList, Detail: "Nothing was stored. " + all, Err: fmt.Errorf("%w: %s", ErrPriceList, all)}
}

// The sections of a list.
const (
	productRows = "products"
	optionRows  = "shipping"
)

func row(section string, i int) jsontext.Pointer {
	return jsontext.Pointer("").AppendToken(section).AppendToken(strconv.Itoa(i))
}

// ReadPriceList reads a list as a shop keeper writes it, strictly: an unknown or
// repeated field is more likely a slip than a wish. Every row is read, whatever
// is wrong with the one before. Errors: KindPriceList, ErrPriceList beneath.
func ReadPriceList(text []byte) (PriceList, error) {
	var faults priceFaults
	var sections struct {
		Products jsontext.Value `json:"products"`
		Shipping jsontext.Value `json:"shipping"`
	}
	// Nulls are the rows' own affair; what is left is the text's form.
	if jsontext.Value(text).Kind() != '{' {
		faults.add(slip{"", "is not a JSON object"})
		return PriceList{}, faults.err()
	}
	if slips := readForm(text, &sections); len(slips) > 0 {
		faults.add(slips...)
		return PriceList{}, faults.err()
	}
	var list PriceList
	products := faults.rows(productRows, sections.Products)
	if faults.count(len(products)); len(products) <= maxProducts {
		list.Products = readRows(&faults, productRows, products, productCheck())
	}
	if sections.Shipping != nil {
		options := faults.rows(optionRows, sections.Shipping)
		list.Shipping = readRows(&faults, optionRows, options, optionCheck())
		if sections.Shipping.Kind() == '[' && len(options) == 0 {
			// It could mean "nowhere" as well as "free of charge everywhere".
			faults.add(slip{"/" + optionRows, "is empty; leave it out to send everywhere free of charge, or name where you send"})
		}
	}
	return list, faults.err()
}

// rows takes a section apart.
func (f *priceFaults) rows(section string, text jsontext.Value) []jsontext.Value {
	var rows []jsontext.Value
	switch {
	case text == nil:
		return nil
	case text.Kind() != '[':
		f.add(slip{jsontext.Pointer("").AppendToken(section), "is not a list"})
	default:
		f.add(readForm(text, &rows)...)
	}
	return rows
}

// readRows reads each row by itself and checks those that can be read.
func readRows[T any](f *priceFaults, section string, texts []jsontext.Value, check func(*priceFaults, int, T)) []T {
	rows := make([]T, len(texts))
	for i, text := range texts {
		slips := readStrict(text, &rows[i])
		for _, s := range slips {
			f.add(slip{row(section, i) + s.at, s.what})
		}
		if len(slips) == 0 {
			check(f, i, rows[i])
		}
	}
	return rows
}

// check holds a list that was not read from a text against the same rules.
func (l PriceList) check() error {
	var faults priceFaults
	faults.count(len(l.Products))
	check := productCheck()
	for i, p := range l.Products {
		check(&faults, i, p)
	}
	checkOption := optionCheck()
	for i, o := range l.Shipping {
		checkOption(&faults, i, o)
	}
	return faults.err()
}

func (f *priceFaults) count(products int) {
	if products == 0 || products > maxProducts {
		f.add(slip{"/" + productRows, fmt.Sprintf("%d rows; 1 to %d are possible", products, maxProducts)})
	}
}

// productCheck checks one product after another; it remembers the SKUs.
func productCheck() func(*priceFaults, int, Product) {
	seen := map[string]int{}
	return func(f *priceFaults, i int, p Product) {
		at := row(productRows, i)
		first, twice := seen[p.SKU]
		switch {
		case !isSKU(p.SKU):
			f.add(slip{at + "/sku", fmt.Sprintf("needs 1 to %d bytes of printable text without blanks around it and without a comma", maxSKU)})
		case twice:
			f.add(slip{at + "/sku", fmt.Sprintf("stands in products[%d] already", first)})
		default:
			seen[p.SKU] = i
		}
		if !plain(p.Name, maxName) {
			f.add(slip{at + "/name", fmt.Sprintf("needs 1 to %d bytes of printable text without blanks around it", maxName)})
		}
		f.prices(at+"/prices", p.Prices)
	}
}

func (f *priceFaults) prices(at jsontext.Pointer, prices map[money.Currency]string) {
	if len(prices) == 0 {
		f.add(slip{at, "names no price"})
	}
	for _, currency := range slices.Sorted(maps.Keys(prices)) {
		decimals, known := currency.Exponent()
		switch _, err := readPrice(prices[currency], currency); {
		case !known:
			f.add(slip{at.AppendToken(string(currency)), "is not an ISO 4217 currency in capitals"})
		case err != nil:
			f.add(slip{at.AppendToken(string(currency)), fmt.Sprintf("is not a price: digits, with at most %d decimals behind a point", decimals)})
		}
	}
}

// readPrice reads a price as it stands in a list. Errors: those of money.Parse.
func readPrice(text string, currency money.Currency) (money.Amount, error) {
	if len(text) > maxPrice || strings.HasPrefix(text, "-") {
		return money.Amount{}, money.ErrSyntax
	}
	return money.Parse(text, currency)
}
