package gateway

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Public is the authorizer of a route that is open to everybody.
const Public = "NONE"

// Route says which function answers a method and path.
type Route struct {
	Method     string // upper case
	Path       string // as in the template, such as /payments/{id}
	Function   string // logical id
	Authorizer string // Public, or the name of what guards it
	Throttle   Throttle
}

// Key names the route as AWS does: "GET /payments/{id}".
func (r Route) Key() string { return r.Method + " " + r.Path }

var (
	methodForm  = regexp.MustCompile(`^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$`)
	segmentForm = regexp.MustCompile(`^([A-Za-z0-9._~-]+|\{[A-Za-z0-9._-]+\})$`)
)

// readRoute reads an HttpApi event. A route for which neither it nor the API
// names an authorizer is a fault: on AWS it would be open, by oversight.
func (a *apiReading) readRoute(function string, name, properties *yaml.Node) {
	a.only(properties, "ApiId", "Method", "Path", "Auth")
	a.only(field(properties, "Auth"), "Authorizer")
	if api := field(properties, "ApiId"); api == nil || intrinsic(api) != "Ref" || operand(api).Value != a.id {
		a.add(name, "ApiId of %s must refer to the API of this template", name.Value)
	}
	route := Route{Function: function, Authorizer: a.authorizer}
	if n := at(properties, "Auth", "Authorizer"); n != nil {
		route.Authorizer, _ = a.text(n)
	}
	if route.Authorizer == "" {
		a.add(name, "%s has no authorizer: name one, or %s", name.Value, Public)
	}
	method, path := field(properties, "Method"), field(properties, "Path")
	if method == nil || path == nil {
		a.add(name, "%s needs Method and Path", name.Value)
		return
	}
	var good, also bool
	route.Method, good = a.text(method)
	route.Path, also = a.text(path)
	if !good || !also {
		return
	}
	route.Method = strings.ToUpper(route.Method)
	if !methodForm.MatchString(route.Method) {
		a.add(method, "method %s is not imitated", route.Method)
	}
	if !pathForm(route.Path) {
		a.add(path, "path %s is not imitated", route.Path)
	}
	if i := slices.IndexFunc(a.routes, route.shadows); i >= 0 {
		a.add(path, "%s is already served by %s", route.Key(), a.routes[i].Function)
	}
	a.routes = append(a.routes, route)
}

// pathForm: a slash, then literal or {named} segments. Two variables of one
// name would overwrite each other.
func pathForm(path string) bool {
	names := map[string]bool{}
	for i, segment := range strings.Split(path, "/") {
		if i == 0 && segment == "" || i == 1 && path == "/" {
			continue
		}
		if i == 0 || !segmentForm.MatchString(segment) || names[segment] {
			return false
		}
		names[segment] = isVariable(segment)
	}
	return true
}

// shadows: both would match the same requests.
func (r Route) shadows(other Route) bool {
	return r.Method == other.Method && shape(r.Path) == shape(other.Path)
}

// shape is a path without the names of its variables.
func shape(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if isVariable(segment) {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }

// match is the route for a decoded path, and the values of its variables. A
// variable stands for one segment that is not empty; where two routes fit, the
// one that is literal earlier wins. HEAD is not GET, and a slash at the end
// makes another path.
func match(routes []Route, method, path string) (int, map[string]string) {
	best, segments := -1, strings.Split(path, "/")
	for i, route := range routes {
		if route.Method == method && fits(route.Path, segments) &&
			(best < 0 || moreLiteral(route.Path, routes[best].Path)) {
			best = i
		}
	}
	if best < 0 {
		return best, nil
	}
	var values map[string]string
	for i, segment := range strings.Split(routes[best].Path, "/") {
		if isVariable(segment) {
			if values == nil {
				values = map[string]string{}
			}
			values[strings.Trim(segment, "{}")] = segments[i]
		}
	}
	return best, values
}

func fits(path string, segments []string) bool {
	pattern := strings.Split(path, "/")
	return slices.EqualFunc(pattern, segments, func(want, got string) bool {
		return want == got && !isVariable(want) || isVariable(want) && got != ""
	})
}

// moreLiteral compares two paths that fit the same request.
func moreLiteral(a, b string) bool {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range as {
		if isVariable(as[i]) != isVariable(bs[i]) {
			return isVariable(bs[i])
		}
	}
	return false
}
