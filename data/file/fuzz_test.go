package file

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzLook looks for scans in any text, reads what it finds, and lets a scan be added,
// which must not change what is there.
func FuzzLook(f *testing.F) {
	all := samples()
	for _, format := range Formats[:2] {
		path := filepath.Join(f.TempDir(), "data"+format.Extension)
		finished(f, format, path, all[5])
		text, err := os.ReadFile(path)
		must(f, err)
		f.Add(string(text))
	}
	f.Add("#F x\n#S 1 a\n#L \n1\n#C uid \n#C ended \n#S 1\n#L a  b\n1e999 nan\n@A 1 2\n1 2 3\n")
	f.Add("# uid: x\n# scan: a:b\na[mm],\"b\"\n1,2\n# ended: \n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "data")
		must(t, os.WriteFile(path, []byte(text), 0o644))
		if list, err := Look(path); err == nil {
			for _, x := range list {
				for _, c := range x.Columns {
					x.Bytes(c, "<i8", 0, x.Points)
					x.Bytes(c, "", 0, x.Points)
				}
			}
		}
		o, err := openSPEC(path, all[5].scan)
		if err == nil {
			if !o.Ended() {
				must(t, all[5].write(o, 1))
			}
			must(t, o.Close())
		}
		after, _ := os.ReadFile(path)
		if err != nil && string(after) != text {
			t.Errorf("refused (%v), and changed", err)
		}
	})
}
