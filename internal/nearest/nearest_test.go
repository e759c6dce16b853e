package nearest

import "testing"

func TestName(t *testing.T) {
	known := []string{"robx", "roby", "robz", "sim_ct_gauss", "sim_ct_gauss_noise", "ascan", "wa"}
	for word, want := range map[string]string{
		"robzz":              "robz",
		"sim_ct_guass_noise": "sim_ct_gauss_noise",
		"acsan":              "ascan",
		"temperature":        "",
		"x":                  "",
		"robz":               "robx", // the name itself is no suggestion
	} {
		if got := Name(word, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"µm", "mm", 1}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
