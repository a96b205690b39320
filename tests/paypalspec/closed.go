package paypalspec

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// uri is the format of that name (RFC 3986), which the library leaves to others.
type uri struct{}

// Validate refuses what is not an absolute URI. PayPal's own example of a cert_url
// is the word "cert_url", which this refuses too.
func (uri) Validate(text string) error {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() {
		return errors.New("no absolute URI")
	}
	return nil
}

// strict is how every value is held: formats and patterns too, and all faults.
func strict(more ...openapi3.SchemaValidationOption) []openapi3.SchemaValidationOption {
	return append([]openapi3.SchemaValidationOption{
		openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.SetSchemaRegexCompiler(compile),
		openapi3.WithStringFormatValidator("uri", uri{}),
	}, more...)
}

// conforms holds a value against a schema, and refuses members no schema knows.
func conforms(schema *openapi3.Schema, value any, as ...openapi3.SchemaValidationOption) error {
	var faults []error
	if err := schema.VisitJSON(value, strict(as...)...); err != nil {
		faults = append(faults, each(err)...)
	}
	for _, place := range strangers("", value, strict(as...), schema) {
		faults = append(faults, fmt.Errorf("%s: PayPal knows no such member", place))
	}
	return errors.Join(faults...)
}

// each takes apart what the library found, a line for each, and drops the schemas
// it prints.
func each(err error) []error {
	var at *openapi3filter.RequestError
	if _, list := err.(openapi3.MultiError); !list && errors.As(err, &at) && at.Parameter != nil && at.Err != nil {
		return []error{fmt.Errorf("parameter %s: %w", at.Parameter.Name, errors.Join(each(at.Err)...))}
	}
	var several openapi3.MultiError // also the one inside an allOf that does not hold
	if errors.As(err, &several) {
		var faults []error
		for _, e := range several {
			faults = append(faults, each(e)...)
		}
		return faults
	}
	var one *openapi3.SchemaError
	if !errors.As(err, &one) {
		return []error{err}
	}
	place := ""
	for _, step := range one.JSONPointer() {
		place += "/" + step
	}
	return []error{fmt.Errorf("%s: %s (%.200q)", place, one.Reason, fmt.Sprint(one.Value))}
}

// strangers names the members of a value that none of its schemas knows, by JSON
// pointer. Several schemas hold for one value where it stands under allOf. Of anyOf
// and oneOf those branches count that the value fits.
func strangers(place string, value any, options []openapi3.SchemaValidationOption, schemas ...*openapi3.Schema) (found []string) {
	all := spread(value, options, schemas)
	switch value := value.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range all {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		for i, element := range value {
			found = append(found, strangers(place+"/"+strconv.Itoa(i), element, options, items...)...)
		}
	case map[string]any:
		if slices.ContainsFunc(all, isOpen) {
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			var known []*openapi3.Schema
			for _, s := range all {
				if property := s.Properties[name]; property != nil {
					known = append(known, property.Value)
				}
			}
			if len(known) == 0 {
				found = append(found, place+"/"+name)
				continue
			}
			found = append(found, strangers(place+"/"+name, value[name], options, known...)...)
		}
	}
	return found
}

// isOpen reports whether a schema says by itself that any member may come.
func isOpen(s *openapi3.Schema) bool {
	open := s.AdditionalProperties
	return open.Schema != nil || open.Has != nil && *open.Has
}

// spread gives the schemas and all that they stand on.
func spread(value any, options []openapi3.SchemaValidationOption, schemas []*openapi3.Schema) (all []*openapi3.Schema) {
	for _, s := range schemas {
		all = append(all, s)
		for _, part := range s.AllOf {
			all = append(all, spread(value, options, []*openapi3.Schema{part.Value})...)
		}
		for _, branch := range slices.Concat(s.AnyOf, s.OneOf) {
			if branch.Value.VisitJSON(value, options...) == nil {
				all = append(all, spread(value, options, []*openapi3.Schema{branch.Value})...)
			}
		}
	}
	return all
}
