package doctor

import (
	"errors"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/shared/provider"
)

// What is found of what a shop is told by its merchant. The set is closed.
const (
	configurationRight = "configuration_right"
	configurationWrong = "configuration_wrong"
)

// Configuration is a row for each fault that reading it has found, or one that says that
// there is none. of is what was read, and do what to do about a fault of it.
func Configuration(of string, faults error, do string) []Row {
	if faults == nil {
		return []Row{{Of: of, What: "variables", Code: configurationRight, State: provider.Good, Is: "all there, and in its form"}}
	}
	var rows []Row
	for _, fault := range each(faults) {
		rows = append(rows, Row{Of: of, What: nameIn(fault), Code: configurationWrong, State: provider.Wrong, Is: fault, Do: do})
	}
	return rows
}

// each are the faults that were joined, one a line, without what was put before all of
// them.
func each(faults error) []string {
	if all := errors.Unwrap(faults); all != nil && strings.HasSuffix(faults.Error(), all.Error()) {
		faults = all
	}
	return strings.Split(faults.Error(), "\n")
}

// nameIn is the name that a fault begins with, such as STACK_NAME or token_secrets.
func nameIn(fault string) string {
	name, _, _ := strings.Cut(fault, " ")
	name = strings.TrimSuffix(name, ":")
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" || strings.Contains(name, "_") {
		return name
	}
	return "variables"
}
