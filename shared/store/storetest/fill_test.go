package storetest_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/serverless-checkout/serverless-checkout/shared/store/storetest"
)

type named string

type inner struct {
	Text  string
	Count int64
}

type Embedded struct{ Own string }

type every struct {
	Embedded
	Text    string
	Named   named
	Flag    bool
	Small   int8
	Count   int
	Size    uint16
	When    time.Time
	Until   *time.Time
	Bytes   []byte
	List    []inner
	Pair    [2]int
	Byname  map[named]*inner
	Deep    []map[string][]inner
	Address netip.Addr
	Raw     json.RawMessage
}

func overrides() []any {
	return []any{
		json.RawMessage(`{"raw":true}`),
		func(n int) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("10.0.0.%d", n)) },
	}
}

func TestFillSetsEveryFieldToAnotherValue(t *testing.T) {
	var v every
	if err := storetest.Fill(&v, overrides()...); err != nil {
		t.Fatal(err)
	}
	leaves(t, reflect.ValueOf(v), "every", map[string]string{})
	if _, offset := v.When.Zone(); offset != 0 || v.When.Nanosecond() != 0 || v.When.Location() != time.UTC {
		t.Errorf("time %v", v.When)
	}

	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back every
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(v, back) {
		t.Errorf("came back as\n%+v\nwent in as\n%+v", back, v)
	}
}

// leaves holds that nothing below v is zero and no two leaves are alike; seen
// tells where each was found. True has no other value, so it may come again.
func leaves(t *testing.T, v reflect.Value, path string, seen map[string]string) {
	if v.IsZero() {
		t.Errorf("%s is zero", path)
		return
	}
	_, leaf := v.Interface().(fmt.Stringer) // a time, an address
	many := v.Kind() == reflect.Slice || v.Kind() == reflect.Array
	switch {
	case v.Kind() == reflect.Bool:
	case v.Kind() == reflect.Pointer && !leaf:
		leaves(t, v.Elem(), path, seen)
	case v.Kind() == reflect.Struct && !leaf:
		for i := range v.NumField() {
			leaves(t, v.Field(i), path+"."+v.Type().Field(i).Name, seen)
		}
	case v.Kind() == reflect.Map:
		if v.Len() != 2 {
			t.Errorf("%s has %d elements", path, v.Len())
		}
		for _, k := range v.MapKeys() {
			leaves(t, k, path+" key", seen)
			leaves(t, v.MapIndex(k), path+"[]", seen)
		}
	case many && v.Type().Elem().Kind() != reflect.Uint8:
		if v.Len() != 2 {
			t.Errorf("%s has %d elements", path, v.Len())
		}
		for i := range v.Len() {
			leaves(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), seen)
		}
	default:
		text := fmt.Sprint(v.Interface())
		if before, ok := seen[text]; ok {
			t.Errorf("%s and %s are both %s", before, path, text)
		}
		seen[text] = path
	}
}

type loop struct{ Next *loop }

func TestFillNamesTheFieldItCannotFill(t *testing.T) {
	for name, c := range map[string]struct {
		v     any
		field string
	}{
		"interface":     {&struct{ In struct{ Any any } }{}, ".In.Any"},
		"float":         {&struct{ Rate float64 }{}, ".Rate"},
		"function":      {&struct{ Do func() }{}, ".Do"},
		"channel":       {&struct{ C []chan int }{}, ".C[0]"},
		"unexported":    {&struct{ In []struct{ hidden int } }{}, ".In[0].hidden"},
		"opaque struct": {&struct{ Address netip.Addr }{}, ".Address"},
		"overflow":      {&struct{ Many [300]uint8 }{}, ".Many[255]"},
		"itself":        {&loop{}, ".Next.Next"},
		"no pointer":    {struct{}{}, "pointer"},
		"nil pointer":   {(*loop)(nil), "pointer"},
	} {
		err := storetest.Fill(c.v)
		if err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s: got %v, want an error that names %s", name, err, c.field)
		}
	}
}
