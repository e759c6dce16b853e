package data

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEveryDTypeComesBackAsItWent(t *testing.T) {
	for dtype, values := range map[string][]float64{
		"<f8": {0, -1.5, math.Pi, math.Inf(1), 1e-300},
		"<f4": {0, -1.5, 0.25},
		"<i8": {0, -1, 1 << 52}, "<i4": {-1 << 31, 1<<31 - 1}, "<i2": {-1 << 15, 1<<15 - 1}, "|i1": {-128, 127}, "<i1": {-128, 127},
		"<u8": {0, 1 << 53}, "<u4": {0, 1<<32 - 1}, "<u2": {0, 65535}, "|u1": {0, 255}, "<u1": {0, 255},
	} {
		var b []byte
		for _, v := range values {
			b = Append(b, dtype, v)
		}
		if want := ItemSize(dtype) * len(values); len(b) != want {
			t.Errorf("%s: %d bytes, want %d", dtype, len(b), want)
		}
		got, err := Decode(nil, dtype, b)
		if err != nil || !reflect.DeepEqual(got, values) {
			t.Errorf("%s: %v came back as %v, %v", dtype, values, got, err)
		}
	}
}

func TestWholeNumbersAreRoundedAndKeptInRange(t *testing.T) {
	for _, c := range []struct {
		dtype    string
		in, want float64
	}{
		{"<u2", 1.6, 2}, {"<u2", -3, 0}, {"<u2", 70000, 65535}, {"<u4", math.NaN(), 0},
		{"<i4", -1.6, -2}, {"<i4", 1e12, 1<<31 - 1}, {"|i1", -1000, -128}, {"<i8", math.Inf(-1), -1 << 63},
	} {
		got, _ := Decode(nil, c.dtype, Append(nil, c.dtype, c.in))
		if got[0] != c.want {
			t.Errorf("%v as %s is %v, want %v", c.in, c.dtype, got[0], c.want)
		}
	}
}

func TestUnknownDTypesAreRefused(t *testing.T) {
	for _, dtype := range []string{"", "<f2", ">f8", "f8", "|f8", "<c16", "<x4"} {
		if ItemSize(dtype) != 0 {
			t.Errorf("%q has a size", dtype)
		}
	}
	if _, err := Decode(nil, "<f8", make([]byte, 9)); err == nil {
		t.Error("9 bytes were decoded as <f8")
	}
}

func TestAScanComesBackFromItsJSON(t *testing.T) {
	start, end := 1.25, 5.0
	s := Scan{
		Session: "demo_session", UID: "u1", Number: 12, Name: "ascan", Title: "ascan robz -5 5 500 0.001",
		Command: "ascan(robz,-5,5,500,.001)", User: "opid00", Host: "lid00", Version: "0.1",
		Start: time.Date(2026, 11, 20, 12, 0, 0, 123456000, time.UTC), Planned: 501, Taken: 501, Save: true,
		Axes: []Axis{{"robz", "mm", &start, &end}, {"roby", "mm", nil, nil}}, Moving: []string{"robz"},
		Channels: []Channel{{Name: "robz", Unit: "mm", DType: Float64, Shape: []int{}, Role: "axis"}, {Name: "mca", DType: "<u4", Shape: []int{1024}, Role: "counter"}},
		Outcome:  Stopped, Reason: "by hook x", Timing: Timing{Total: time.Second}, Bytes: 4711,
		Type: "dmesh", Relative: "dmesh robz -1 1 500", CountTime: 1500 * time.Microsecond, Shape: []int{3, 5}, BackNForth: true,
		Ranges: []Range{{Axis: "robz", Start: -5, Stop: 5, Low: -5, High: 5.5}}, Info: map[string]any{"sample": "gold", "runs": []any{1.0, 2.0}},
		Saving: &Saving{Root: "/data", Template: "{sample}", Formats: []string{"spec"}, Sample: "gold"}, Hooks: []Hook{{"X", "x.go", "ab"}},
		Meta: []Meta{{"temperature", 12.5, "K"}, {"cold", true, ""}, {"list", []any{1.0, 2.0}, "mm"}},
	}
	b, err := json.Marshal(&s)
	if err != nil {
		t.Fatal(err)
	}
	var got Scan
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, s) {
		t.Errorf("%+v\ncame back as\n%+v", s, got)
	}
}

func TestAPositionThatIsNoNumberIsNull(t *testing.T) {
	nan := math.NaN()
	b, err := json.Marshal(&Scan{Axes: []Axis{{"robz", "mm", &nan, &nan}}})
	if err != nil || !strings.Contains(string(b), `"start":null,"end":null`) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestNamesOfNodes(t *testing.T) {
	s := &Scan{Session: "demo_session", Number: 12, Name: "ascan"}
	if n := ChannelNode(s, Channel{Name: "robz"}); n.DBName != "demo_session:12_ascan:robz" || n.Kind != KindChannel {
		t.Errorf("%+v", n)
	}
	if n := ScanNode(s); n.Name != "12_ascan" {
		t.Errorf("%+v", n)
	}
	for name, ok := range map[string]bool{"a.B-c_9": true, "": false, "a b": false, "{x}": false, strings.Repeat("x", 65): false} {
		if ValidName(name) != ok {
			t.Errorf("ValidName(%q) = %v", name, !ok)
		}
	}
}

func TestTextLosesNothing(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		dtype string
		b     []byte
		want  string
	}{
		{"<f8", le.AppendUint64(nil, math.Float64bits(0.1)), "0.1"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(math.Nextafter(0.3, 1))), "0.30000000000000004"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(math.Inf(1))), "Inf"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(math.NaN())), "NaN"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(1795851110.615019)), "1795851110.615019"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(-1e-300)), "-1e-300"},
		{"<f8", le.AppendUint64(nil, math.Float64bits(math.Copysign(0, -1))), "-0"},
		{"<f4", le.AppendUint32(nil, math.Float32bits(0.1)), "0.1"},
		{"<i8", le.AppendUint64(nil, 1<<63), "-9223372036854775808"},
		{"<u8", le.AppendUint64(nil, 1<<64-1), "18446744073709551615"},
		{"<u8", le.AppendUint64(nil, 1<<53+1), "9007199254740993"},
		{"<u4", le.AppendUint32(nil, 1<<32-1), "4294967295"},
		{"|i1", []byte{0x80}, "-128"},
	} {
		if got := Text(c.dtype, c.b); got != c.want {
			t.Errorf("%s % x: %s, want %s", c.dtype, c.b, got, c.want)
		}
	}
}

func TestRowsOfAnImage(t *testing.T) {
	image := Array{DType: "<u2", Shape: []int{2, 3}, Bytes: []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}}
	if rows, err := image.Rows(); err != nil || !reflect.DeepEqual(rows, [][]float64{{1, 2, 3}, {4, 5, 6}}) {
		t.Errorf("%v, %v", rows, err)
	}
	spectrum := Array{DType: "|u1", Shape: []int{3}, Bytes: []byte{1, 2, 3}}
	if rows, err := spectrum.Rows(); err != nil || !reflect.DeepEqual(rows, [][]float64{{1, 2, 3}}) {
		t.Errorf("%v, %v", rows, err)
	}
	for _, bad := range []Array{
		{DType: "|u1", Bytes: []byte{1}}, {DType: "|u1", Shape: []int{2}, Bytes: []byte{1}}, {DType: "|u1", Shape: []int{0, 5}},
		{DType: "|u1", Shape: []int{1, 1, 1}, Bytes: []byte{1}}, {DType: "O1", Shape: []int{1}, Bytes: []byte{1}},
		{DType: "|u1", Shape: []int{1 << 62, 4}}, {DType: "|u1", Shape: []int{-1, -1}, Bytes: []byte{1}},
	} {
		if rows, err := bad.Rows(); err == nil {
			t.Errorf("%+v: %v", bad, rows)
		}
	}
}
