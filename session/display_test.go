package session

import (
	"reflect"
	"testing"
)

// What a user has chosen to see is there again in the next shell, and does not
// get lost when a scan takes its number.
func TestDisplaySettingsSurvive(t *testing.T) {
	t.Parallel()
	store, name := startEmbedded(t), sessionName(t)
	l := open(t, store.url, name)
	if d := l.DisplaySettings(); d.LivePlot || len(d.Selected) != 0 {
		t.Errorf("at first %+v", d)
	}
	want := DisplaySettings{Selected: []string{"i0", "diode*"}, LivePlot: true}
	if err := l.SetDisplaySettings(want); err != nil {
		t.Fatal(err)
	}
	l.number()
	l.close()
	l = open(t, store.url, name)
	if got := l.DisplaySettings(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
