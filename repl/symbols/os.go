package symbols

import (
	"os"
	"reflect"
)

// osTable is the part of package os that scripts need. The interpreter adds
// Args, Getenv, LookupEnv, Environ, Exit, Stdin, Stdout and Stderr, which
// belong to it rather than to the process.
func osTable() map[string]reflect.Value {
	return map[string]reflect.Value{
		"Create":      reflect.ValueOf(os.Create),
		"CreateTemp":  reflect.ValueOf(os.CreateTemp),
		"ErrExist":    reflect.ValueOf(&os.ErrExist).Elem(),
		"ErrNotExist": reflect.ValueOf(&os.ErrNotExist).Elem(),
		"Getpid":      reflect.ValueOf(os.Getpid),
		"Getwd":       reflect.ValueOf(os.Getwd),
		"Hostname":    reflect.ValueOf(os.Hostname),
		"IsExist":     reflect.ValueOf(os.IsExist),
		"IsNotExist":  reflect.ValueOf(os.IsNotExist),
		"MkdirAll":    reflect.ValueOf(os.MkdirAll),
		"MkdirTemp":   reflect.ValueOf(os.MkdirTemp),
		"O_APPEND":    reflect.ValueOf(os.O_APPEND),
		"O_CREATE":    reflect.ValueOf(os.O_CREATE),
		"O_RDONLY":    reflect.ValueOf(os.O_RDONLY),
		"O_RDWR":      reflect.ValueOf(os.O_RDWR),
		"O_TRUNC":     reflect.ValueOf(os.O_TRUNC),
		"O_WRONLY":    reflect.ValueOf(os.O_WRONLY),
		"Open":        reflect.ValueOf(os.Open),
		"OpenFile":    reflect.ValueOf(os.OpenFile),
		"ReadDir":     reflect.ValueOf(os.ReadDir),
		"ReadFile":    reflect.ValueOf(os.ReadFile),
		"Remove":      reflect.ValueOf(os.Remove),
		"Rename":      reflect.ValueOf(os.Rename),
		"Stat":        reflect.ValueOf(os.Stat),
		"TempDir":     reflect.ValueOf(os.TempDir),
		"WriteFile":   reflect.ValueOf(os.WriteFile),
		"DirEntry":    reflect.ValueOf((*os.DirEntry)(nil)),
		"File":        reflect.ValueOf((*os.File)(nil)),
		"FileInfo":    reflect.ValueOf((*os.FileInfo)(nil)),
		"FileMode":    reflect.ValueOf((*os.FileMode)(nil)),
	}
}
