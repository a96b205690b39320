//go:build binaries

package binaries

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// contract is openapi.yaml, read once.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.JSONBodyDecoder)
	document, err := openapi3.NewLoader().LoadFromFile(root + "/openapi.yaml")
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background())
})

// breaks says how an answer breaks the promise of its route; nil where it does not.
func (a reply) breaks(q *http.Request) error {
	document, err := contract()
	if err != nil {
		return err
	}
	path, item := "", (*openapi3.PathItem)(nil)
	for _, pattern := range document.Paths.InMatchingOrder() {
		if fits(pattern, q.URL.Path) {
			path, item = pattern, document.Paths.Value(pattern)
			break
		}
	}
	if item == nil || item.GetOperation(q.Method) == nil {
		return fmt.Errorf("the contract has no such route")
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: q, Route: &routers.Route{
			Spec: document, Path: path, PathItem: item, Method: q.Method, Operation: item.GetOperation(q.Method),
		}},
		Status: a.code, Header: a.header, Body: io.NopCloser(bytes.NewReader([]byte(a.text))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}
