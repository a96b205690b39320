package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Fill sets every exported field that v points to, however deep, to a value
// that is neither zero nor like any other in it: a test that stores v and reads
// it back then finds a field that was forgotten, mixed up or cut short.
//
// Slices and maps get two elements, times are whole seconds in UTC after 2042,
// booleans are true. An override says how to fill one type: a value of that
// type, used wherever the type occurs, or a func(n int) T that makes one from a
// number not used before. Types that refuse most texts or numbers (a currency,
// a status) need one, and so does a struct with unexported fields only.
//
// The error names the field that cannot be filled: a kind that has no place in
// a stored document (an interface, a function, a channel, a float), a type that
// holds itself, or an unexported field. A new field is thus never skipped
// silently.
func Fill(v any, overrides ...any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return errors.New("storetest: Fill wants a pointer to what it fills")
	}
	f := filler{made: map[reflect.Type]func(n int) reflect.Value{}}
	for _, o := range overrides {
		f.override(reflect.ValueOf(o))
	}
	return f.fill(p.Elem(), p.Elem().Type().String(), 0)
}

// fillDepthMax ends a type that holds itself.
const fillDepthMax = 20

// fillTime is before every time that Fill gives.
var fillTime = time.Date(2042, 3, 4, 5, 6, 7, 0, time.UTC)

type filler struct {
	n    int // the last number used
	made map[reflect.Type]func(n int) reflect.Value
}

func (f *filler) override(o reflect.Value) {
	t := o.Type()
	byNumber := t.Kind() == reflect.Func && t.NumIn() == 1 && t.In(0).Kind() == reflect.Int && t.NumOut() == 1
	if !byNumber {
		f.made[t] = func(int) reflect.Value { return o }
		return
	}
	f.made[t.Out(0)] = func(n int) reflect.Value { return o.Call([]reflect.Value{reflect.ValueOf(n)})[0] }
}

func (f *filler) fill(v reflect.Value, path string, depth int) error {
	if depth > fillDepthMax {
		return fmt.Errorf("storetest: %s: a type that holds itself", path)
	}
	if made, ok := f.made[v.Type()]; ok {
		f.n++
		v.Set(made(f.n))
		return nil
	}
	if _, ok := v.Interface().(time.Time); ok {
		f.n++
		v.Set(reflect.ValueOf(fillTime.Add(time.Duration(f.n) * time.Hour)))
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return f.fillStruct(v, path, depth)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.fill(v.Elem(), path, depth+1)
	case reflect.Slice, reflect.Array, reflect.Map:
		return f.fillMany(v, path, depth)
	}
	return f.fillOne(v, path)
}

func (f *filler) fillStruct(v reflect.Value, path string, depth int) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			return fmt.Errorf("storetest: %s.%s: unexported; give an override for %s", path, field.Name, v.Type())
		}
		if err := f.fill(v.Field(i), path+"."+field.Name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// fillMany fills what has elements; two of each, so that order and number show.
func (f *filler) fillMany(v reflect.Value, path string, depth int) error {
	const count = 2
	t := v.Type()
	switch {
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		for range count {
			key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			if err := f.fill(key, path+" key", depth+1); err != nil {
				return err
			}
			if err := f.fill(value, path+"[]", depth+1); err != nil {
				return err
			}
			v.SetMapIndex(key, value)
		}
		return nil
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		f.n++
		v.SetBytes(fmt.Appendf(nil, "bytes %d", f.n))
		return nil
	case t.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(t, count, count))
	}
	for i := range v.Len() {
		if err := f.fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) fillOne(v reflect.Value, path string) error {
	f.n++
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprintf("text %d", f.n))
	case v.CanInt() && !v.OverflowInt(int64(f.n)):
		v.SetInt(int64(f.n))
	case v.CanUint() && !v.OverflowUint(uint64(f.n)):
		v.SetUint(uint64(f.n))
	default:
		return fmt.Errorf("storetest: %s: cannot fill %s; give an override", path, v.Type())
	}
	return nil
}
