package symbols

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"blissh/repl/symbols/internal/tables"
)

// TestTablesAreFresh compares the tables of this module's packages with the
// sources, by name, and the wrappers with the interfaces, by method. Running
// the generator here would take a minute.
func TestTablesAreFresh(t *testing.T) {
	for _, path := range tables.Packages() {
		rel, ok := strings.CutPrefix(path, "blissh/")
		if !ok {
			continue
		}
		_, table, ok := Lookup(path)
		if !ok {
			t.Errorf("%s has no table: run go generate in repl/symbols", path)
			continue
		}
		var got []string
		for name := range table {
			if name[0] != '_' {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if want := exported(t, filepath.Join("..", "..", rel)); !slices.Equal(got, want) {
			t.Errorf("%s: the table is stale, run go generate in repl/symbols\n  only in the table: %v\n  only in the source: %v",
				path, missing(got, want), missing(want, got))
		}
		checkWrappers(t, path, table)
	}
}

func missing(a, b []string) (out []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// checkWrappers sees to it that what interpreted types are wrapped into still
// has the methods of the interface.
func checkWrappers(t *testing.T, path string, table map[string]reflect.Value) {
	for name, v := range table {
		i := v.Type()
		if name[0] == '_' || i.Kind() != reflect.Pointer || i.Elem().Kind() != reflect.Interface || i.Elem().NumMethod() == 0 {
			continue
		}
		if sealed(i.Elem()) {
			continue
		}
		w := table["_"+name]
		if !w.IsValid() || !w.Type().Elem().Implements(i.Elem()) || w.Type().Elem().NumField() != i.Elem().NumMethod()+1 {
			t.Errorf("%s.%s: the wrapper is stale, run go generate in repl/symbols", path, name)
		}
	}
}

// sealed reports whether an interface has methods that only its package can
// write.
func sealed(t reflect.Type) bool {
	for m := range t.Methods() {
		if !m.IsExported() {
			return true
		}
	}
	return false
}

// exported lists the names that a package exports and that interpreted code
// can use: no generic ones.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			collect(names, d)
		}
	}
	maps.DeleteFunc(names, func(name string, _ bool) bool { return !ast.IsExported(name) })
	return slices.Sorted(maps.Keys(names))
}

func collect(names map[string]bool, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Type.TypeParams == nil {
			names[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names[id.Name] = true
				}
			case *ast.TypeSpec:
				if s.TypeParams == nil {
					names[s.Name.Name] = true
				}
			}
		}
	}
}

func TestTheIndexIsFresh(t *testing.T) {
	want, err := tables.Index()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(tables.IndexFile); !bytes.Equal(got, want) {
		t.Errorf("%s is stale, run go generate in repl/symbols", tables.IndexFile)
	}
	files, _ := filepath.Glob("table_*.go")
	if len(files) != len(tables.Packages()) {
		t.Errorf("%d tables for %d packages: remove those that are not wanted any more", len(files), len(tables.Packages()))
	}
}

// TestOneTableAsGenerated holds the generator itself to what is checked in.
func TestOneTableAsGenerated(t *testing.T) {
	want, err := tables.Table("errors")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(tables.File("errors")); !bytes.Equal(got, want) {
		t.Error("the table of errors differs from what the generator writes: run go generate in repl/symbols")
	}
}

func TestWhatInterpretedCodeMustNotImport(t *testing.T) {
	for _, path := range []string{"os/exec", "os/signal", "runtime", "runtime/debug", "reflect", "unsafe", "syscall", "net", "net/http", "plugin"} {
		if _, _, ok := Lookup(path); ok {
			t.Errorf("%s can be imported", path)
		}
	}
	if _, table, _ := Lookup("os"); table["Exit"].IsValid() || table["Stdin"].IsValid() {
		t.Error("os.Exit and os.Stdin of the process are exported")
	}
}
