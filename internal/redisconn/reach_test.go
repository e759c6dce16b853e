package redisconn

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAStoreOnAnotherMachineNeedsAPassword(t *testing.T) {
	for address, refused := range map[string]bool{
		"redis://": false, "redis://127.0.0.1:1": false, "redis://127.9.9.9": false, "redis://[::1]:1": false, "redis://localhost:1": false,
		"unix:///run/r.sock": false, "redis://127.0.0.1:1,127.0.0.1:2": false,
		"redis://:pw@10.0.0.1": false, "rediss://u:pw@beamline.example": false,
		"redis://10.0.0.1": true, "redis://beamline.example:6379": true, "rediss://beamline.example": true, "redis://127.0.0.1:1,10.0.0.2:1": true,
		"redis://10.0.0.1?master=m": true, "redis://u@10.0.0.1": true, "redis://0.0.0.0": true, "redis://[::]": true,
	} {
		c, err := New(address, nil)
		if errors.Is(err, ErrNoPassword) != refused || err != nil && !refused {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			c.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond) // no look-ups
		if _, err := Dedicated(ctx, address, "k"); errors.Is(err, ErrNoPassword) != refused {
			t.Errorf("%s: %v", address, err)
		}
		cancel()
	}
}

func TestWhatCanBeOverheardIsAWarning(t *testing.T) {
	for address, want := range map[string]bool{
		"redis://:s3cr3t@10.0.0.1": true, "redis://:s3cr3t@beamline:1,b:2": true,
		"rediss://:s3cr3t@10.0.0.1": false, "redis://:s3cr3t@localhost": false, "unix:///a": false, "nonsense": false,
	} {
		if w := Warning(address); (w != "") != want || strings.Contains(w, "s3cr3t") {
			t.Errorf("%s: %q", address, w)
		}
	}
}
