//go:build binaries

package binaries

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
)

const root = "../.."

// deployment is template.yaml as far as a process can see it.
type deployment struct {
	gateway.Template
	environments map[string]map[string]yaml.Node // by logical id
	parameters   map[string]string               // defaults
	rights       map[string][]string             // what a function's role may do, by logical id
}

// readDeployment reads the template. What a function is started with is read here
// anew, from the file that is deployed.
func readDeployment() (*deployment, error) {
	source, err := gateway.ReadTemplate(root + "/template.yaml")
	if err != nil {
		return nil, err
	}
	d := &deployment{environments: map[string]map[string]yaml.Node{}, parameters: map[string]string{}, rights: map[string][]string{}}
	if d.Template, err = source.Resolve(map[string]string{"StorefrontOrigin": shopOrigin, "Brand": brand, "SecretArn": secretARN}); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(root + "/template.yaml")
	if err != nil {
		return nil, err
	}
	type environment struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	}
	var file struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Globals struct {
			Function struct {
				Environment environment `yaml:"Environment"`
			} `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]struct {
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for name, parameter := range file.Parameters {
		d.parameters[name] = parameter.Default
	}
	for id := range d.Functions {
		own := file.Resources[id].Properties
		var properties struct {
			Environment environment `yaml:"Environment"`
			Policies    []struct {
				Statement []struct {
					Action yaml.Node `yaml:"Action"` // one, or a list
				} `yaml:"Statement"`
			} `yaml:"Policies"`
		}
		if err := own.Decode(&properties); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		for _, policy := range properties.Policies {
			for _, statement := range policy.Statement {
				for _, action := range append(statement.Action.Content, &statement.Action) {
					d.rights[id] = append(d.rights[id], action.Value)
				}
			}
		}
		d.environments[id] = map[string]yaml.Node{}
		for _, declared := range []environment{file.Globals.Function.Environment, properties.Environment} {
			for name, value := range declared.Variables {
				d.environments[id][name] = value
			}
		}
	}
	return d, nil
}

// name is what a function is called by its folder: create-payment.
func (d *deployment) name(id string) string { return path.Base(d.Functions[id].CodeDir) }

// folders are the main packages of all functions.
func (d *deployment) folders() (all []string) {
	for _, declared := range d.Functions {
		all = append(all, declared.CodeDir)
	}
	slices.Sort(all)
	return all
}

// environment is what a function is started with: what the template declares for
// it, its references resolved by refs or else the parameters' defaults, and set
// instead where the local cloud is elsewhere. Only what is declared can be set, as
// with SAM. A variable that ends up empty is there and empty, as on AWS.
func (d *deployment) environment(id string, refs, set map[string]string) (map[string]string, error) {
	env := map[string]string{}
	for name, value := range d.environments[id] {
		switch {
		case value.Tag == "!Ref":
			given, ok := refs[value.Value]
			if !ok {
				given, ok = d.parameters[value.Value]
			}
			if !ok {
				return nil, fmt.Errorf("%s of %s refers to %s, which has no value here", name, id, value.Value)
			}
			env[name] = given
		case value.Kind == yaml.ScalarNode && !strings.HasPrefix(value.Tag, "!") || strings.HasPrefix(value.Tag, "!!"):
			env[name] = value.Value
		default:
			return nil, fmt.Errorf("%s of %s is a %s, which is not read here", name, id, value.Tag)
		}
	}
	for name, value := range set {
		if _, declared := env[name]; declared {
			env[name] = value
		}
	}
	return env, nil
}

// may reports whether a function's role allows a call, as the wire names it; what
// is asked of PayPal needs no right. Which items a call is about is not looked at.
func (d *deployment) may(id, call string) bool {
	operation, _, _ := strings.Cut(call, "#")
	switch {
	case strings.Contains(operation, " "):
		return true
	case operation == "GetSecretValue":
		operation = "secretsmanager:" + operation
	case operation == "TransactWriteItems":
		operation = "dynamodb:PutItem" // of what it puts
	default:
		operation = "dynamodb:" + operation
	}
	return slices.Contains(d.rights[id], operation)
}
