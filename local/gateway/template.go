package gateway

import (
	"maps"

	"go.yaml.in/yaml/v3"
)

// Template is what the local run needs to know of a template, with every
// parameter filled in.
type Template struct {
	// Routes are in the order of the template.
	Routes []Route
	// Functions are all functions, those without a route too, by logical id.
	Functions map[string]Declaration
	// DefaultThrottle holds for a route that sets none of its own.
	DefaultThrottle Throttle
	// CORS is the zero value if the API has none: preflights are then requests
	// like any other.
	CORS CORS
}

// What is imitated. Resources of all other types are passed over.
const (
	samTransform = "AWS::Serverless-2016-10-31"

	apiType      = "AWS::Serverless::HttpApi"
	functionType = "AWS::Serverless::Function"
)

// Resolve fills in the parameters, each by the value given here or else by its
// Default, and reads the template. A value for a parameter that does not exist
// is a fault. Allowed values and patterns are not checked: on a laptop the
// shop's page is http://127.0.0.1, which a deployment must refuse.
//
// Only what this package imitates has to be resolvable; a policy may refer to
// whatever it likes.
func (s Source) Resolve(parameters map[string]string) (Template, error) {
	r := &reading{faults: faults{file: s.file}}
	r.parameters = r.effective(field(s.root, "Parameters"), parameters)
	if n := field(s.root, "Transform"); n != nil && n.Value != samTransform {
		r.add(n, "a transform other than %s is not imitated", samTransform)
	}
	globals := field(s.root, "Globals")
	if api := field(globals, "HttpApi"); api != nil {
		r.add(api, "Globals.HttpApi is not imitated: say it in the API itself")
	}

	a := &apiReading{reading: r, functions: map[string]Declaration{}}
	resources := field(s.root, "Resources")
	for id, resource := range fields(resources) {
		if r.typeOf(resource) == apiType {
			a.readAPI(id, resource)
		}
	}
	for id, resource := range fields(resources) {
		if r.typeOf(resource) == functionType {
			a.readFunction(id, resource, field(globals, "Function"))
		}
	}
	a.settleThrottles()
	if err := r.err(); err != nil {
		return Template{}, err
	}
	return Template{
		Routes:          a.routes,
		Functions:       a.functions,
		DefaultThrottle: a.throttle,
		CORS:            a.cors,
	}, nil
}

// effective joins the values given with the template's defaults.
func (r *reading) effective(declared *yaml.Node, given map[string]string) map[string]string {
	values, known := map[string]string{}, map[string]bool{}
	for name, parameter := range fields(declared) {
		known[name.Value] = true
		if value := field(parameter, "Default"); value != nil {
			values[name.Value] = value.Value
		}
	}
	for name := range given {
		if !known[name] {
			r.add(nil, "there is no parameter %s", name)
		}
	}
	maps.Copy(values, given)
	return values
}

// typeOf is a resource's type. Whether a conditional resource exists is not
// worked out here, so a condition on what is imitated is a fault.
func (r *reading) typeOf(resource *yaml.Node) string {
	kind := field(resource, "Type")
	if kind == nil {
		return ""
	}
	if condition := field(resource, "Condition"); condition != nil && (kind.Value == apiType || kind.Value == functionType) {
		r.add(condition, "a condition is not imitated")
	}
	return kind.Value
}
