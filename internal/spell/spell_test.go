package spell

import "testing"

func TestSnakeAndCamel(t *testing.T) {
	for _, c := range []struct{ snake, goName, back string }{
		{"get_data", "GetData", "GetData"}, {"set_watchdog_callback", "SetWatchdogCallback", "SetWatchdogCallback"}, {"db_name", "DBName", "DbName"},
		{"uid", "UID", "Uid"}, {"run", "Run", "Run"}, {"x2", "X2", "X2"}, {"stop_on", "StopOn", "StopOn"}, {"", "", ""},
	} {
		if got := Snake(c.goName); got != c.snake {
			t.Errorf("Snake(%s) = %s, want %s", c.goName, got, c.snake)
		}
		if got := Camel(c.snake); got != c.back {
			t.Errorf("Camel(%s) = %s, want %s", c.snake, got, c.back)
		}
	}
}
