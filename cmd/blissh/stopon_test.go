package main

import (
	neturl "net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// setBeamDump is a client program: plain Go, which the shell's own binary runs.
const setBeamDump = `package main

import (
	"fmt"
	"os"

	"blissh/channel"
)

func main() {
	dump := channel.OpenDefault("beam_dump", false)
	if err := dump.Set(os.Args[1] == "true"); err != nil {
		panic(err)
	}
	fmt.Println("beam_dump is", dump.Bool())
}
`

// dumper sets the shared channel beam_dump from another process.
type dumper func(t *testing.T, value string)

// withRedisCLI does it as docs/data.md describes.
func withRedisCLI(t *testing.T, url string) dumper {
	cli := needProgram(t, "redis-cli", "redis-tools")
	u, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return func(t *testing.T, value string) {
		t.Helper()
		c := exec.Command(cli, "--raw", "-h", u.Hostname(), "-p", u.Port(),
			"XADD", "blissh:channel:{beam_dump}", "MAXLEN", "1", "*", "v", value)
		c.Env = append(os.Environ(), "REDISCLI_AUTH="+password)
		out, err := c.CombinedOutput()
		if err != nil || !regexp.MustCompile(`^\d+-\d+\n$`).Match(out) {
			t.Fatalf("redis-cli: %v\n%s", err, out)
		}
	}
}

func withClient(t *testing.T, p *place) dumper {
	path := filepath.Join(p.dir, "set_beam_dump.go")
	write(t, path, setBeamDump)
	return func(t *testing.T, value string) {
		t.Helper()
		out, err := p.command("run", path, value).CombinedOutput()
		if err != nil || string(out) != "beam_dump is "+value+"\n" {
			t.Fatalf("blissh run: %v\n%s", err, out)
		}
	}
}

// TestStopOn: another process stops the scan through a shared channel, without a
// hook in between.
func TestStopOn(t *testing.T) {
	for _, by := range []string{"redis-cli", "a client program"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			url := redisServer(t)
			p := newPlace(t, "BLISSH_STORE="+url)
			var dump dumper
			if by == "redis-cli" {
				dump = withRedisCLI(t, url)
			} else {
				dump = withClient(t, p)
			}
			x := p.open()
			x.prompt(0)
			x.enter("s = ascan(robz, 0, 900, 2, .001, sim_ct_gauss, save=False, run=False)")
			x.enter(`s.stop_on("beam_dump")`)
			start := x.typeLine("s.run()")
			x.seeAfter(start, `^ +1/3 `) // robz is on its way to 450 mm, for 5 s
			dump(t, "true")
			x.want(x.prompt(start), `^ stopped at 1/3 by shared channel beam_dump$`)
			x.want(x.enter("s.state"), `^Out \[\d+\]: stopped$`)
			x.want(x.enter("s.reason"), `^Out \[\d+\]: "by shared channel beam_dump"$`)
			x.atRest("robz")
			x.wholePoints(1)

			x.enter("s = loopscan(3, .001, sim_ct_gauss, save=False, run=False)")
			x.enter(`s.StopOn("beam_dump")`)
			x.want(x.enter("s.run()"), `^loopscan: the shared channel beam_dump is true already: set it to false first$`)
			dump(t, "false")
			x.want(x.enter("s.run()"), `^ done at 3/3$`)
		})
	}
}
