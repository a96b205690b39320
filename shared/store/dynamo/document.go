package dynamo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

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
	if _, ok := a.(*types.AttributeValueMemberM); !ok {
		return nil, fmt.Errorf("dynamo: a row whose attribute %s is missing or no map", documentAttribute)
	}
	return appendValue(nil, a)
}

func appendValue(out []byte, a types.AttributeValue) ([]byte, error) {
	switch v := a.(type) {
	case *types.AttributeValueMemberM:
		return appendMap(out, v.Value)
	case *types.AttributeValueMemberL:
		return appendList(out, v.Value)
	case *types.AttributeValueMemberS:
		return store.AppendText(out, v.Value), nil
	case *types.AttributeValueMemberN:
		return append(out, v.Value...), nil
	case *types.AttributeValueMemberBOOL:
		return fmt.Append(out, v.Value), nil
	case *types.AttributeValueMemberNULL:
		return append(out, "null"...), nil
	}
	return nil, fmt.Errorf("dynamo: a row with a %T in its document", a)
}

func appendMap(out []byte, members attributes) (_ []byte, err error) {
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(store.AppendText(out, name), ':')
		if out, err = appendValue(out, members[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendList(out []byte, list []types.AttributeValue) (_ []byte, err error) {
	out = append(out, '[')
	for i, member := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, member); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}
