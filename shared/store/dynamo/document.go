package dynamo

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/serverless-checkout/serverless-checkout/shared/store"
)

// documentAttributes is a document as a map of native values. Its errors are those
// of store.Canonical.
func documentAttributes(document []byte) (types.AttributeValue, error) {
	canonical, err := store.Canonical(document)
	if err != nil {
		return nil, err
	}
	return valueAttributes(canonical)
}

// valueAttributes is any canonical JSON value.
func valueAttributes(canonical []byte) (types.AttributeValue, error) {
	d := json.NewDecoder(bytes.NewReader(canonical))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	return attribute(value), nil
}

func attribute(value any) types.AttributeValue {
	switch v := value.(type) {
	case map[string]any:
		members := make(attributes, len(v))
		for name, member := range v {
			members[name] = attribute(member)
		}
		return &types.AttributeValueMemberM{Value: members}
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i, member := range v {
			list[i] = attribute(member)
		}
		return &types.AttributeValueMemberL{Value: list}
	case string:
		return text(v)
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// documentOf is the document in canonical form. An error says that the attribute
// is none of ours.
func documentOf(a types.AttributeValue) ([]byte, error) {
	text, err := jsonOf(a)
	if err == nil {
		text, err = store.Canonical(text)
	}
	if err != nil {
		return nil, fmt.Errorf("dynamo: a row's attribute %s: %v", documentAttribute, err)
	}
	return text, nil
}

func jsonOf(a types.AttributeValue) ([]byte, error) {
	value, err := valueOf(a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// valueOf is an attribute as encoding/json knows values.
func valueOf(a types.AttributeValue) (any, error) {
	switch v := a.(type) {
	case *types.AttributeValueMemberM:
		members := make(map[string]any, len(v.Value))
		for name, member := range v.Value {
			value, err := valueOf(member)
			if err != nil {
				return nil, err
			}
			members[name] = value
		}
		return members, nil
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, member := range v.Value {
			value, err := valueOf(member)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case *types.AttributeValueMemberS:
		return v.Value, nil
	case *types.AttributeValueMemberN:
		return json.Number(v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return v.Value, nil
	case *types.AttributeValueMemberNULL:
		return nil, nil
	}
	return nil, fmt.Errorf("a %T", a)
}
