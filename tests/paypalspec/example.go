package paypalspec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Example is one that a file gives for a call.
type Example struct {
	Name   string // where it stands: the operation, the status for an answer, its name
	Sent   bool   // a request's; else an answer's
	Status int    // of an answer
	Body   []byte
}

// Examples lists what the files give for one operation, as String names it, and
// for the errors that all calls of its file share.
func (s *Spec) Examples(name string) ([]Example, error) {
	i := slices.IndexFunc(s.operations, func(o operation) bool { return o.String() == name })
	if i < 0 {
		return nil, fmt.Errorf("PayPal has no %s", name)
	}
	o := s.operations[i]
	var all []Example
	add := func(e Example, value any) (err error) {
		e.Body, err = json.Marshal(value)
		all = append(all, e)
		return err
	}
	var faults []error
	if o.declared.RequestBody != nil {
		for key, example := range examplesOf(o.declared.RequestBody.Value.Content) {
			faults = append(faults, add(Example{Name: name + " request " + key, Sent: true}, example))
		}
	}
	for status := 200; status < 600; status++ {
		if found := o.declared.Responses.Status(status); found != nil {
			for key, example := range examplesOf(found.Value.Content) {
				faults = append(faults, add(Example{Name: fmt.Sprint(name, " ", status, " ", key), Status: status}, example))
			}
		}
	}
	for _, status := range []int{500, 503} {
		if schema := o.document.Components.Schemas[fmt.Sprint("error_", status)]; schema != nil && schema.Value.Example != nil {
			faults = append(faults, add(Example{Name: fmt.Sprint(name, " error_", status), Status: status}, schema.Value.Example))
		}
	}
	slices.SortFunc(all, func(a, b Example) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func examplesOf(content openapi3.Content) map[string]any {
	media := content.Get("application/json")
	if media == nil {
		return nil
	}
	found := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		found[name] = media.Examples[name].Value.Value
	}
	if media.Example != nil {
		found["example"] = media.Example
	}
	return found
}
