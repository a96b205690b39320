package handler

import (
	"context"
	"mime"
	"net/http"

	"github.com/aws/aws-lambda-go/events"

	"github.com/serverless-checkout/serverless-checkout/shared/checkout"
)

// priceListCap is the largest price list, in bytes: 200 for each of the 10,000
// products there may be. Lambda takes 6 MB, as text within an event.
const priceListCap = 2 << 20

// acceptedBody is the answer to PUT /merchant/price-list.
type acceptedBody struct {
	Version  string `json:"version"` // names the content: equal lists, equal versions
	Products int    `json:"products"`
}

// inForceBody is GET /merchant/price-list. List is what PUT takes.
type inForceBody struct {
	Version string             `json:"version"`
	List    checkout.PriceList `json:"list"`
}

// PriceList is both routes of /merchant/price-list, served by one function.
func (h Handlers) PriceList() HTTP {
	put, get := h.PutPriceList(), h.GetPriceList()
	return func(ctx context.Context, event events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		if event.RequestContext.HTTP.Method == http.MethodPut {
			return put(ctx, event)
		}
		return get(ctx, event)
	}
}

// PutPriceList is PUT /merchant/price-list: 200 when the list is in force, also
// where it was before, 400 with every fault named and nothing stored.
func (h Handlers) PutPriceList() HTTP {
	return h.serve("put-price-list", func(ctx context.Context, in request) (answer, error) {
		if err := in.checkPriceList(); err != nil {
			return answer{}, err
		}
		list, err := checkout.ReadPriceList(in.body)
		if err != nil {
			return answer{}, err
		}
		if err := h.Checkout.PutPriceList(ctx, list); err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusOK, body: acceptedBody{Version: list.Version(), Products: len(list.Products)}}, nil
	})
}

// GetPriceList is GET /merchant/price-list: the list in force.
func (h Handlers) GetPriceList() HTTP {
	return h.serve("get-price-list", func(ctx context.Context, _ request) (answer, error) {
		list, version, err := h.Checkout.PriceList(ctx)
		if checkout.KindOf(err) == checkout.KindNotFound {
			return answer{}, &fault{status: http.StatusNotFound, slug: string(checkout.KindNotFound),
				detail: "There is no price list yet: upload one with PUT /merchant/price-list."}
		}
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusOK, body: inForceBody{Version: version, List: list}}, nil
	})
}

// checkPriceList holds what decode holds of a body, under a cap of its own. The
// list's own form is the checkout's to judge, which names every fault.
func (r request) checkPriceList() error {
	media, _, err := mime.ParseMediaType(r.header["content-type"])
	switch {
	case err != nil || media != "application/json":
		return badRequest(http.StatusUnsupportedMediaType, "media-type", "Send the body as application/json.")
	case len(r.body) > priceListCap:
		return badRequest(http.StatusRequestEntityTooLarge, "too-large", "The price list is larger than 2 MB.")
	case r.garbled:
		return badRequest(http.StatusBadRequest, "body-invalid", "The body is not what its encoding says.")
	}
	return nil
}
