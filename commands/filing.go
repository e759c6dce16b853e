package commands

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"blissh/data/store"

	"github.com/fatih/color"
)

// Filing is what is known of the files of a scan.
type Filing interface {
	// Files are those that the scan goes to, and the host that has them, "" if it
	// is this one; none if it is not saved.
	Files() (host string, files []string)
	// Saved waits for a while until all is in them, and says how far it is.
	Saved(ctx context.Context, patience time.Duration) store.Saved
}

// savedWait is how long the end of a scan waits for the writer's word.
const savedWait = time.Second

// savedText says which files the scan goes to. It is a warning where a file was
// wanted and nothing writes one.
func (p *printer) savedText() string {
	host, files := p.files()
	switch {
	case len(files) > 0:
		return fitted("saved in ", filesText(host, files), p.width)
	case p.info.Save:
		return p.paint("NOT SAVED", color.FgRed, color.Bold)
	}
	return "not saved"
}

func (p *printer) files() (host string, files []string) {
	if p.o.Filing == nil {
		return "", nil
	}
	return p.o.Filing.Files()
}

// savedEnd says whether all is in the files; "" if there are none.
func (p *printer) savedEnd(points int) string {
	host, files := p.files()
	if len(files) == 0 {
		return ""
	}
	v := p.o.Filing.Saved(context.Background(), savedWait)
	if len(v.Files) > 0 {
		files = v.Files
	}
	switch {
	case v.Error != "":
		why := strings.TrimPrefix(v.Error, fmt.Sprintf("scan %d is not saved: ", p.info.Number))
		return p.paint("NOT SAVED", color.FgRed, color.Bold) + " after " + ofPoints(v.Points) + ": " + why
	case !v.Complete:
		return p.paint("NOT ALL SAVED YET", color.FgYellow) + fmt.Sprintf(": %d of %s, the writer is behind", v.Points, ofPoints(points))
	}
	return fitted("all saved in ", filesText(host, files), p.columns())
}

func ofPoints(n int) string {
	if n == 1 {
		return "1 point"
	}
	return fmt.Sprintf("%d points", n)
}

// filesText names files; what they share is said once:
// scans/demo_session/20261128/demo_session.spec, .h5.
func filesText(host string, files []string) string {
	var list []string
	last := ""
	for _, f := range files {
		switch {
		case trunk(f) == trunk(last):
			list = append(list, filepath.Ext(f))
		case filepath.Dir(f) == filepath.Dir(last):
			list = append(list, filepath.Base(f))
		case host == "":
			list = append(list, shortPath(f))
		default:
			list = append(list, f)
		}
		last = f
	}
	text := strings.Join(list, ", ")
	if host != "" {
		text += " on " + host
	}
	return text
}

// trunk is a path without its extension.
func trunk(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// shortPath is how somebody in this folder would write a path.
func shortPath(path string) string {
	if here, err := os.Getwd(); err == nil {
		if rest, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rest) {
			return rest
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		if rest, err := filepath.Rel(home, path); err == nil && filepath.IsLocal(rest) {
			return filepath.Join("~", rest)
		}
	}
	return path
}

// fitted puts a path behind words so that it fits a line of its own, which is
// indented: the folders at its beginning are left out.
func fitted(words, path string, width int) string {
	const indent, omitted = 3, "…"
	text := words + path
	for width > 0 && displayWidth(text)+indent >= width {
		path = strings.TrimPrefix(path, omitted)
		cut := strings.Index(strings.TrimPrefix(path, "/"), "/")
		if cut < 0 {
			break
		}
		path = omitted + strings.TrimPrefix(path, "/")[cut:]
		text = words + path
	}
	return text
}

// withSaved puts what is saved behind how the scan ended; in a line of its own
// behind a reason, and where it is too narrow.
func withSaved(end, saved string, reason bool, width int) string {
	switch {
	case saved == "":
		return end
	case !reason && (width == 0 || displayWidth(end)+displayWidth(saved)+3 < width):
		return end + "   " + saved
	}
	return end + "\n" + strings.TrimSuffix(wrapped(width, " "+saved), "\n")
}
