package data

import (
	"math"
	"strings"
	"testing"
)

func TestMetaIsCheckedAndWritten(t *testing.T) {
	for _, c := range []struct {
		meta        Meta
		text, wrong string
	}{
		{Meta{"temperature", 12.5, "K"}, "temperature = 12.5 K", ""},
		{Meta{"cold", true, ""}, "cold = true", ""},
		{Meta{"filters", []any{"Al", "Cu"}, ""}, "filters = [Al, Cu]", ""},
		{Meta{"gaps", []any{1.0, 2.5}, "mm"}, "gaps = [1, 2.5] mm", ""},
		{Meta{"note", "two\nlines", ""}, "note = two lines", ""},
		{Meta{"", 1.0, ""}, "", `"" is no name`},
		{Meta{"a b", 1.0, ""}, "", `"a b" is no name: letters, digits`},
		{Meta{"x", math.NaN(), ""}, "", "x: a finite number expected"},
		{Meta{"x", 1, ""}, "", "x: a number, a text"},
		{Meta{"x", []any{1.0, "a"}, ""}, "", "x: a list of numbers, or of texts, expected"},
		{Meta{"x", []any{}, ""}, "", "x: a list of 0"},
		{Meta{"x", []any{[]any{1.0}}, ""}, "", "x: a list of numbers"},
		{Meta{"x", 1.0, "m\nm"}, "", "is more than a word"},
		{Meta{"x", "gold", "mm"}, "", "x: a text has no unit"},
		{Meta{"x", strings.Repeat("x", 2000), ""}, "", "x: a text of 2000 bytes; 1000 at most"},
	} {
		err := c.meta.Check()
		if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) || c.wrong == "" && (err != nil || c.meta.String() != c.text) {
			t.Errorf("%.60v: %q, %v", c.meta, c.meta.String(), err)
		}
	}
}

func TestACommentIsOneLineOfSomeLength(t *testing.T) {
	q := AskComment("the beam\ncame back " + strings.Repeat("ä", 600))
	if err := q.Check(); err != nil || strings.Contains(q.Text, "\n") || len(q.Text) > maxComment || len(q.Text) < maxComment-2 {
		t.Errorf("%d bytes, %v", len(q.Text), err)
	}
	if err := AskComment(" ").Check(); err == nil || err.Error() != "comment needs text" {
		t.Error(err)
	}
	if r, err := ParseRequest([]byte(`{"do": "comment", "text": "hello"}`)); err != nil || r.String() != `comment "hello"` {
		t.Errorf("%v, %v", r, err)
	}
}
