package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/serverless-checkout/serverless-checkout/local/doctor"
	"github.com/serverless-checkout/serverless-checkout/shared/setup"
	"github.com/serverless-checkout/serverless-checkout/shared/shape"
	"github.com/serverless-checkout/serverless-checkout/shared/store/dynamo"
)

// awsCLI runs one command of the AWS CLI and gives what it printed. The CLI is there
// wherever a stack was deployed from, and knows every way to be signed in: nothing of that
// is done a second time here.
type awsCLI func(ctx context.Context, args ...string) ([]byte, error)

// runAWS is the one on this machine.
func runAWS(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "aws", args...)
	var fault bytes.Buffer
	command.Stderr = &fault
	printed, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("the AWS CLI is not installed: a stack is asked for with it")
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(fault.String()), "\n")
		return nil, fmt.Errorf("aws %s %s: %s (%w)", args[0], args[1], lines[len(lines)-1], err)
	}
	return printed, nil
}

// stackName is what CloudFormation allows (CreateStack, StackName).
var stackName = shape.Of("A-Za-z0-9-", 1, 128).Beginning("A-Za-z")

// deployed is a stack as AWS describes it.
type deployed struct {
	status  string
	outputs map[string]string

	// environment is what the webhook function is configured with (all functions are
	// configured alike, by Globals of template.yaml), and beside it where the stack lies
	// and who asks, in the place of the function's role.
	environment map[string]string
}

func (d deployed) lookup(name string) string { return d.environment[name] }

// describe asks for a stack, for the configuration of one of its functions as it is
// deployed, and for the credentials the CLI itself asks with. Its error is that of the
// CLI, or that this is no stack of the checkout.
func describe(ctx context.Context, aws awsCLI, name string, lookup func(string) string) (deployed, error) {
	var list struct {
		Stacks []struct {
			ID      string `json:"StackId"`
			Status  string `json:"StackStatus"`
			Outputs []struct {
				Key   string `json:"OutputKey"`
				Value string `json:"OutputValue"`
			}
		}
	}
	if err := ask(ctx, aws, &list, "cloudformation", "describe-stacks", "--stack-name", name); err != nil {
		return deployed{}, err
	}
	d := deployed{outputs: map[string]string{}, environment: map[string]string{}}
	for _, s := range list.Stacks {
		d.status = s.Status
		for _, o := range s.Outputs {
			d.outputs[o.Key] = o.Value
		}
		if part := strings.Split(s.ID, ":"); len(part) > 3 {
			d.environment["AWS_REGION"] = part[3]
		}
	}
	if d.outputs["ApiUrl"] == "" || d.outputs["TableName"] == "" {
		return d, fmt.Errorf("stack %s (%s) has no outputs ApiUrl and TableName: it is none of this checkout, or was never deployed to its end", name, d.status)
	}
	if err := d.configuration(ctx, aws, name); err != nil {
		return d, err
	}
	return d, d.credentials(ctx, aws, lookup)
}

// configuration fills in the environment of the function.
func (d deployed) configuration(ctx context.Context, aws awsCLI, name string) error {
	var resource struct {
		Detail struct {
			ID string `json:"PhysicalResourceId"`
		} `json:"StackResourceDetail"`
	}
	if err := ask(ctx, aws, &resource, "cloudformation", "describe-stack-resource", "--stack-name", name, "--logical-resource-id", "WebhookFunction"); err != nil {
		return err
	}
	var function struct {
		Environment struct{ Variables map[string]string }
	}
	if err := ask(ctx, aws, &function, "lambda", "get-function-configuration", "--region", d.environment["AWS_REGION"], "--function-name", resource.Detail.ID); err != nil {
		return err
	}
	for key, value := range function.Environment.Variables {
		d.environment[key] = value
	}
	return nil
}

// credentials are those in this machine's environment, which the CLI takes first too, or
// whatever else the CLI is signed in with; version 1 of it cannot tell.
func (d deployed) credentials(ctx context.Context, aws awsCLI, lookup func(string) string) error {
	names := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
	for _, name := range names {
		d.environment[name] = lookup(name)
	}
	if lookup(names[0]) != "" {
		return nil
	}
	var as struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
	}
	err := ask(ctx, aws, &as, "configure", "export-credentials", "--format", "process")
	d.environment[names[0]], d.environment[names[1]], d.environment[names[2]] = as.AccessKeyID, as.SecretAccessKey, as.SessionToken
	return err
}

// ask reads what a command prints. What cannot be read is not quoted: it may be a
// credential.
func ask(ctx context.Context, aws awsCLI, into any, args ...string) error {
	if args[0] != "configure" {
		args = append(args, "--output", "json")
	}
	printed, err := aws(ctx, args...)
	if err != nil {
		return err
	}
	if json.Unmarshal(printed, into) != nil {
		return fmt.Errorf("aws %s %s printed no JSON", args[0], args[1])
	}
	return nil
}

// examineStack examines a deployed shop from outside, with the rights of whoever is signed
// in to the AWS CLI.
func examineStack(ctx context.Context, aws awsCLI, name string, lookup func(string) string) ([]doctor.Row, error) {
	d, err := describe(ctx, aws, name, lookup)
	if err != nil {
		return nil, err
	}
	rows := []doctor.Row{doctor.Stack(name, d.status)}
	h, err := setup.Open(d.lookup, io.Discard)
	rows = append(rows, doctor.Configuration("configuration", err, "deploy again with another value: each variable is a parameter (template.yaml, Globals)")...)
	if err != nil {
		return rows, nil
	}
	_, err = h.Checkout.Secrets(ctx, nil)
	rows = append(rows, doctor.Configuration("secret", err, "aws secretsmanager put-secret-value, whole; README.md, Configuration, has its names")...)
	if table, ok := h.Checkout.Store.(*dynamo.Store); ok {
		traits, err := table.Traits(ctx)
		rows = append(rows, doctor.Table(d.outputs["TableName"], traits, err)...)
	}
	return append(rows, doctor.Providers(ctx, examined(h, d.outputs["ApiUrl"]))...), nil
}
