package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/writer"

	"github.com/spf13/cobra"
)

func exportCommand(f *flags) *cobra.Command {
	var x filing
	c := &cobra.Command{
		Use:   "export SESSION:NUMBER",
		Short: "Write a scan of the store into files",
		Long: "Writes one scan that the store still has into files below the current folder; one\n" +
			"that runs is followed to its end. A file that has the scan already stays as it is.",
		Example: "  blissh export demo_session:12 --format csv",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE:    func(_ *cobra.Command, args []string) error { return export(f, args[0], &x) },
	}
	x.flags(c, "csv")
	c.Flag("root").DefValue, x.root = ".", "."
	c.Flag("template").DefValue, x.template = "", ""
	return c
}

func export(f *flags, name string, x *filing) error {
	session, number, err := scanName(name)
	if err != nil {
		return err
	}
	place, formats, err := x.check()
	if err != nil {
		return err
	}
	ctx, cancel := signalContext()
	defer cancel()
	db, closeStore, err := openStore(ctx, f)
	if err != nil {
		return err
	}
	defer closeStore()
	s, err := db.Scan(ctx, session, number)
	if err != nil {
		return err
	}
	files, err := writer.Export(ctx, db, s, writer.Options{Session: session, Formats: formats, Place: place})
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(files, "\n"))
	return nil
}

// scanName takes SESSION:NUMBER apart; SESSION:NUMBER_NAME is the same scan.
func scanName(name string) (session string, number int, err error) {
	session, rest, _ := strings.Cut(name, ":")
	digits, _, _ := strings.Cut(rest, "_")
	number, err = strconv.Atoi(digits)
	if session = strings.ToLower(session); err != nil || !data.ValidName(session) {
		return "", 0, usagef("%q is no scan: SESSION:NUMBER expected, as demo_session:12", name)
	}
	return session, number, nil
}

func verifyCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Compare a file with the store, or say what is in it",
		Long: "Reads every value of every scan in a file and compares it with the store, as long as\n" +
			"that has the scan; of a scan that runs, what is in the file so far. Ends with status 1\n" +
			"if something differs or cannot be read.",
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return verify(f, args[0]) },
	}
	return c
}

func verify(f *flags, path string) error {
	list, err := file.Look(path)
	if err != nil {
		return err
	}
	ctx, cancel := signalContext()
	defer cancel()
	db, closeStore, err := openStore(ctx, f)
	if err != nil {
		return err
	}
	defer closeStore()
	bad := 0
	for _, x := range list {
		line, ok := verdict(ctx, db, x)
		if !ok && !x.Ended { // it may have ended since the file was read
			if x, err = anew(path, x); err != nil {
				return err
			}
			line, ok = verdict(ctx, db, x)
		}
		if !ok {
			bad++
		}
		fmt.Printf("%s  %s  %d points: %s\n", x.Name, x.Title, x.Points, line)
	}
	if bad > 0 {
		return fmt.Errorf("%s: %d of %d scans are not as they should be", path, bad, len(list))
	}
	return nil
}

// anew finds a scan in the file once more.
func anew(path string, old *file.Found) (*file.Found, error) {
	list, err := file.Look(path)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if x.Name == old.Name {
			return x, nil
		}
	}
	return nil, fmt.Errorf("%s: scan %s is no longer there", path, old.Name)
}

// verdict is what there is to say about a scan in a file, and whether it is well.
func verdict(ctx context.Context, db *store.DB, x *file.Found) (string, bool) {
	err := writer.Verify(ctx, db, x.Session, x)
	switch {
	case err == nil && x.Again != "":
		return "a beginning that was cut short, as in the store; the scan is written again as " + x.Again, true
	case err == nil:
		return "as in the store", true
	case errors.Is(err, writer.ErrRunning):
		return err.Error(), true
	case !errors.Is(err, store.ErrNotFound):
		return err.Error(), false
	}
	if err := writer.Read(x); err != nil {
		return err.Error(), false
	}
	if x.Again != "" {
		return "a beginning that was cut short; the scan is written again as " + x.Again, true
	}
	if !x.Ended {
		return "can be read, has no end, and is no longer in the store", false
	}
	return "can be read, and is no longer in the store", true
}
