package commands

import (
	"fmt"
	"reflect"
	"strings"
)

// Show prints the values of an expression for "Out [n]:". An error at the end
// is left out when it is nil; no value at all gives "". An axis alone is asked
// where it is.
func Show(values []any) string {
	if len(values) == 1 {
		if a, ok := values[0].(*Axis); ok && a != nil {
			return a.info()
		}
	}
	if n := len(values); n > 1 && values[n-1] == nil {
		values = values[:n-1]
	}
	var list []string
	for _, v := range values {
		list = append(list, show(v))
	}
	return strings.Join(list, ", ")
}

// longest is the number of elements of a list that is printed in full.
const longest = 20

func show(v any) string {
	switch x := v.(type) {
	case nil:
		return "None"
	case string:
		return fmt.Sprintf("%q", x)
	case error:
		return x.Error()
	case *Axis:
		return "axis " + x.Name()
	case fmt.Stringer:
		return x.String()
	case float64:
		return formatNumber(x)
	case float32:
		return formatNumber(float64(x))
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Array:
		return showList(r)
	case reflect.Map:
		return showMap(r)
	case reflect.Func:
		return "a function"
	}
	return fmt.Sprintf("%+v", v)
}

func showList(r reflect.Value) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range r.Len() {
		if r.Len() > longest && i == longest/2 {
			fmt.Fprintf(&b, " ... %d in all", r.Len())
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(show(r.Index(i).Interface()))
	}
	b.WriteByte(']')
	return b.String()
}

func showMap(r reflect.Value) string {
	entries := map[string]string{}
	for _, k := range r.MapKeys() {
		entries[fmt.Sprint(k.Interface())] = show(r.MapIndex(k).Interface())
	}
	var list []string
	for _, k := range keys(entries) {
		list = append(list, k+": "+entries[k])
	}
	return "{" + strings.Join(list, "; ") + "}"
}
