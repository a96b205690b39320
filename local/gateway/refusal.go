package gateway

import (
	"encoding/json"
	"net/http"
)

// refusal is an answer of the gateway's own. It has the gateway's own form:
// {"message": ...}, and no more.
type refusal struct {
	status  int
	message string
}

var (
	badRequest      = &refusal{http.StatusBadRequest, "Bad Request"}
	forbidden       = &refusal{http.StatusForbidden, "Forbidden"}
	notFound        = &refusal{http.StatusNotFound, "Not Found"}
	tooLarge        = &refusal{http.StatusRequestEntityTooLarge, "Request Entity Too Large"}
	tooMany         = &refusal{http.StatusTooManyRequests, "Too Many Requests"}
	headersTooLarge = &refusal{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large"}
	functionFailed  = &refusal{http.StatusInternalServerError, "Internal Server Error"}
	unavailable     = &refusal{http.StatusServiceUnavailable, "Service Unavailable"}
)

func (f *refusal) write(w http.ResponseWriter) {
	body, err := json.Marshal(map[string]string{"message": f.message})
	if err != nil {
		panic(err) // a map of strings
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	w.Write(body) // a caller who has gone is no concern of ours
}
