package gateway

import (
	"path"
	"time"

	"go.yaml.in/yaml/v3"
)

// defaultTimeout is what SAM gives a function that names none.
const defaultTimeout = 3 * time.Second

// Declaration is what the template says of one function.
type Declaration struct {
	// Timeout is after how long Lambda kills it.
	Timeout time.Duration
	// CodeDir is the folder of its main package, relative to the template,
	// without a slash at the end.
	CodeDir string
	// Schedules are in the order of the template.
	Schedules []Schedule
}

// readFunction reads one function and its events, with the global settings as
// its defaults.
func (a *apiReading) readFunction(id, resource, globals *yaml.Node) {
	properties := field(resource, "Properties")
	setting := func(name string) *yaml.Node {
		if n := field(properties, name); n != nil {
			return n
		}
		return field(globals, name)
	}
	d := Declaration{Timeout: defaultTimeout}
	if n := setting("Timeout"); n != nil {
		if seconds, ok := a.whole(n); ok {
			d.Timeout = time.Duration(seconds) * time.Second
		}
	}
	if n := setting("CodeUri"); n != nil {
		if dir, ok := a.text(n); ok {
			d.CodeDir = path.Clean(dir)
		}
	}
	for name, event := range fields(a.mapping(field(properties, "Events"), "Events")) {
		kind := field(event, "Type")
		switch {
		case kind == nil:
			a.add(name, "an event without a type")
		case kind.Value == "HttpApi":
			a.readRoute(id.Value, name, field(event, "Properties"))
		case kind.Value == "ScheduleV2":
			if s, ok := a.readSchedule(id.Value, name, field(event, "Properties")); ok {
				d.Schedules = append(d.Schedules, s)
			}
		default:
			a.add(kind, "events of type %s are not imitated", kind.Value)
		}
	}
	a.functions[id.Value] = d
}
