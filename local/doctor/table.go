package doctor

import (
	"github.com/serverless-checkout/serverless-checkout/shared/provider"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// What is found of the table. The set is closed.
const (
	tableRight      = "table_right"
	tableUnreadable = "table_unreadable"
	tableOther      = "table_other" // it is not made as template.yaml makes it
	tableUntold     = "table_untold"
)

// Table is the table of a deployment, as DynamoDB describes it.
func Table(name string, traits []dynamo.Trait, err error) []Row {
	if err != nil {
		return []Row{{
			"table", name, tableUnreadable, provider.Wrong, err.Error(),
			"see that the stack has it in this region, and that these credentials may describe it (dynamodb:DescribeTable)",
		}}
	}
	var rows []Row
	for _, t := range traits {
		row := Row{"table", t.Name, tableRight, provider.Good, t.Is, ""}
		switch {
		case t.Err != nil:
			row = Row{"table", t.Name, tableUntold, provider.Untold, "it cannot be asked: " + t.Err.Error(), "let these credentials describe it"}
		case t.Is != t.Wanted && t.Needed:
			row = Row{"table", t.Name, tableOther, provider.Wrong, t.Is, "make it " + t.Wanted + ", as template.yaml does: nothing works without it"}
		case t.Is != t.Wanted:
			row = Row{"table", t.Name, tableOther, provider.Warning, t.Is, "make it " + t.Wanted + ", as template.yaml does"}
		}
		rows = append(rows, row)
	}
	return rows
}

// File is the table of a local run: err is why it cannot be read, and is what there is
// to say of it otherwise.
func File(path, is string, err error) Row {
	if err != nil {
		return Row{"table", path, tableUnreadable, provider.Wrong, err.Error(), "choose another file with -file, or put a copy of it in its place"}
	}
	return Row{"table", path, tableRight, provider.Good, is, ""}
}

// Stack is how the last deployment ended, by CloudFormation's word for it.
func Stack(name, status string) Row {
	row := Row{"stack", name, "stack_deployed", provider.Good, status, ""}
	switch status {
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE":
	case "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_IN_PROGRESS":
		row = Row{"stack", name, "stack_unsettled", provider.Warning, status, "what is examined here may be the version before; deploy again, or wait"}
	default:
		row = Row{"stack", name, "stack_failed", provider.Wrong, status, "look at its events (aws cloudformation describe-stack-events), and deploy again"}
	}
	return row
}
