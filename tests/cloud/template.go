package cloud

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.yaml.in/yaml/v3"
)

// table is the form of the template's table: CloudFormation names its properties
// as DynamoDB names the parts of CreateTable.
type table struct {
	BillingMode            types.BillingMode `yaml:"BillingMode"`
	AttributeDefinitions   []definition      `yaml:"AttributeDefinitions"`
	KeySchema              []keyElement      `yaml:"KeySchema"`
	GlobalSecondaryIndexes []index           `yaml:"GlobalSecondaryIndexes"`
}

type definition struct {
	Name string                    `yaml:"AttributeName"`
	Type types.ScalarAttributeType `yaml:"AttributeType"`
}

type keyElement struct {
	Name string        `yaml:"AttributeName"`
	Type types.KeyType `yaml:"KeyType"`
}

type index struct {
	Name       string       `yaml:"IndexName"`
	KeySchema  []keyElement `yaml:"KeySchema"`
	Projection struct {
		Type       types.ProjectionType `yaml:"ProjectionType"`
		Attributes []string             `yaml:"NonKeyAttributes"`
	} `yaml:"Projection"`
}

// readTable reads the resource Table of template.yaml, the one definition of the
// table there is. A property it does not know is an error: the table of the tests
// would differ from the one that is deployed.
func readTable() (*dynamodb.CreateTableInput, error) {
	path, err := templatePath()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cloud: %w", err)
	}
	var template struct {
		Resources struct {
			Table struct {
				Type       string    `yaml:"Type"`
				Properties yaml.Node `yaml:"Properties"`
			} `yaml:"Table"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return nil, fmt.Errorf("cloud: %s: %w", path, err)
	}
	resource := template.Resources.Table
	if resource.Type != "AWS::DynamoDB::Table" {
		return nil, fmt.Errorf("cloud: %s has no DynamoDB table named Table", path)
	}
	t, err := strictly(resource.Properties)
	if err != nil {
		return nil, fmt.Errorf("cloud: %s: the table: %w", path, err)
	}
	return t.input(), nil
}

// known are the properties of a table that are read, and those that one which
// lives as long as a test has no use for.
var known = []string{
	"BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes",
	"TimeToLiveSpecification", "DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "SSESpecification",
}

func strictly(properties yaml.Node) (t table, err error) {
	for i := 0; i < len(properties.Content); i += 2 {
		if name := properties.Content[i].Value; !slices.Contains(known, name) {
			return table{}, fmt.Errorf("line %d: the property %s is not known here", properties.Content[i].Line, name)
		}
	}
	return t, properties.Decode(&t)
}

func (t table) input() *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{BillingMode: t.BillingMode, KeySchema: schema(t.KeySchema)}
	for _, d := range t.AttributeDefinitions {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &d.Name, AttributeType: d.Type})
	}
	for _, i := range t.GlobalSecondaryIndexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(i.Name), KeySchema: schema(i.KeySchema),
			Projection: &types.Projection{ProjectionType: i.Projection.Type, NonKeyAttributes: i.Projection.Attributes},
		})
	}
	return in
}

func schema(elements []keyElement) (s []types.KeySchemaElement) {
	for _, e := range elements {
		s = append(s, types.KeySchemaElement{AttributeName: aws.String(e.Name), KeyType: e.Type})
	}
	return s
}

// templatePath finds template.yaml beside go.mod, from the folder of whatever test
// is running.
func templatePath() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cloud: %w", err)
	}
	for ; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return filepath.Join(folder, "template.yaml"), nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("cloud: not within a Go module")
		}
	}
}
