package paypalspec

import (
	"errors"
	"fmt"
	"maps"

	"github.com/getkin/kin-openapi/openapi3"
)

// resources are what an event can be about, by its resource_type: the webhooks file
// says nothing about it, but what it is has a schema in the file of its own calls.
var resources = map[string]struct{ file, schema string }{
	"checkout-order": {Orders, "order"},
	"capture":        {Payments, "capture-2"},
	"refund":         {Payments, "refund"},
	"dispute":        {Disputes, "dispute"},
}

// JudgeEvent holds a webhook's body against the schema event of the webhooks file,
// and its resource against the file it is from.
func (s *Spec) JudgeEvent(body []byte) error {
	value, err := decode(body)
	if err != nil {
		return err
	}
	event, _ := value.(map[string]any)
	name, _ := event["resource_type"].(string)
	resource, known := resources[name]
	about := event["resource"]
	if !known {
		return fmt.Errorf("resource_type is %q", name)
	}
	for _, member := range []string{"id", "create_time", "event_type", "resource"} { // no schema requires any
		if event[member] == nil {
			err = errors.Join(err, fmt.Errorf("%s is missing", member))
		}
	}
	if event["event_type"] == approvalReversed {
		about = asOrder(about)
	}
	schema := s.documents[Webhooks].Components.Schemas["event"].Value
	return errors.Join(err, conforms(schema, value, openapi3.VisitAsResponse()),
		blame("resource", s.Conforms(resource.file, resource.schema, about)))
}

// approvalReversed is about an order and names it by another member, beside its
// purchase units (developer.paypal.com, payment-methods/webhooks); no file has its form.
const approvalReversed = "CHECKOUT.PAYMENT-APPROVAL.REVERSED"

func asOrder(resource any) any {
	members, _ := resource.(map[string]any)
	members = maps.Clone(members)
	members["id"] = members["order_id"]
	delete(members, "order_id")
	return members
}
