package gateway

import "go.yaml.in/yaml/v3"

// apiReading reads the API first and then the functions, whose events refer to
// it.
type apiReading struct {
	*reading
	id         string // logical id of the one API; "" before it was found
	authorizer string // of routes that do not name one
	throttle   Throttle
	cors       CORS
	settings   *yaml.Node // RouteSettings
	functions  map[string]Declaration
	routes     []Route
}

// readAPI reads the one HTTP API. What would give it other routes or another
// path is refused, rather than overlooked.
func (a *apiReading) readAPI(id, resource *yaml.Node) {
	if a.id != "" {
		a.add(id, "a second API, beside %s", a.id)
		return
	}
	a.id = id.Value
	p := field(resource, "Properties")
	for _, name := range []string{"DefinitionBody", "DefinitionUri", "StageVariables", "Domain"} {
		if n := field(p, name); n != nil {
			a.add(n, "%s is not imitated", name)
		}
	}
	if n := field(p, "StageName"); n != nil {
		if stage, ok := a.text(n); ok && stage != defaultStage {
			a.add(n, "stage %s is not imitated: its name becomes part of the path", stage)
		}
	}
	if n := at(p, "Auth", "DefaultAuthorizer"); n != nil {
		a.authorizer, _ = a.text(n)
	}
	if n := field(p, "DefaultRouteSettings"); n != nil {
		a.throttle = a.readThrottle(n)
	}
	a.settings = a.mapping(field(p, "RouteSettings"), "RouteSettings")
	if n := field(p, "CorsConfiguration"); n != nil {
		a.cors = a.readCORS(n)
	}
}

// settleThrottles gives every route its limits. Settings for a route that does
// not exist fail a deployment, so they are a fault here.
func (a *apiReading) settleThrottles() {
	own := map[string]Throttle{}
	for key, settings := range fields(a.settings) {
		own[key.Value] = a.readThrottle(settings)
	}
	for i, route := range a.routes {
		throttle, ok := own[route.Key()]
		if !ok {
			throttle = a.throttle
		}
		a.routes[i].Throttle = throttle
		delete(own, route.Key())
	}
	for key := range fields(a.settings) {
		if _, left := own[key.Value]; left {
			a.add(key, "settings for a route that does not exist: %s", key.Value)
		}
	}
}
