package gateway

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Schedule is a function that runs by the clock.
type Schedule struct {
	Function string // logical id
	Name     string // of the event in the template
	Every    time.Duration
}

// Schedules are all of them, by function and name, for whoever keeps the timer.
func (t Template) Schedules() []Schedule {
	var all []Schedule
	for _, d := range t.Functions {
		all = append(all, d.Schedules...)
	}
	slices.SortFunc(all, func(a, b Schedule) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (r *reading) readSchedule(function string, name, properties *yaml.Node) (Schedule, bool) {
	n := field(properties, "ScheduleExpression")
	if n == nil {
		r.add(name, "a schedule without ScheduleExpression")
		return Schedule{}, false
	}
	if state := field(properties, "State"); state != nil {
		r.add(state, "State is not imitated")
	}
	expression, ok := r.text(n)
	if !ok {
		return Schedule{}, false
	}
	every, err := parseRate(expression)
	if err != nil {
		r.add(n, "%v", err)
		return Schedule{}, false
	}
	return Schedule{Function: function, Name: name.Value, Every: every}, true
}

// rateForm: EventBridge wants the singular for one and the plural otherwise. A
// value of six digits is some two years of minutes: enough, and no overflow.
var rateForm = regexp.MustCompile(`^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$`)

var rateUnits = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

func parseRate(expression string) (time.Duration, error) {
	m := rateForm.FindStringSubmatch(expression)
	if m == nil || (m[1] == "1") == (m[3] == "s") {
		return 0, fmt.Errorf("%q is not of the form rate(5 minutes)", expression)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, err
	}
	if n > 36500 && m[2] == "day" {
		return 0, fmt.Errorf("%q is more than a hundred years", expression)
	}
	return time.Duration(n) * rateUnits[m[2]], nil
}
