package repl

// foreign are names that somebody types who is at home elsewhere, and what to
// type here.
var foreign = map[string]string{
	"str": "fmt.Sprint(x)", "float": "float64(x), and strconv.ParseFloat(text, 64) for a text", "double": "float64(x)",
	"list": "[]float64{1, 2}", "tuple": "[]float64{1, 2}", "dict": "map[string]float64{}", "set": "map[string]bool{}",
	"abs": "math.Abs(x)", "sum": "a loop over the list", "round": "math.Round(x)", "pow": "math.Pow(x, y)",
	"sqrt": "math.Sqrt(x)", "sin": "math.Sin(x)", "cos": "math.Cos(x)", "exp": "math.Exp(x)", "log": "math.Log(x)", "pi": "math.Pi",
	"min": "math.Min(x, y)", "max": "math.Max(x, y)", "clear": "a new map or list",
	"sorted": "sort.Float64s(list)", "reversed": "a loop from the end", "enumerate": "for i, x := range list { ... }",
	"zip": "for i := range list { ... }", "filter": "a loop with if", "all": "a loop with if",
	"isinstance": "x.(type) in a switch", "id": "&x", "dir": "help()", "vars": "help()", "locals": "help()",
	"input": "arguments of a script, os.Args", "open": "os.Open(name)", "file": "os.Open(name)",
	"eval": `load("file.go")`, "exec": `load("file.go")`, "execfile": `load("file.go")`, "qdo": `load("file.go")`, "run_script": `load("file.go")`,
	"sleep": "time.Sleep(time.Second)", "Exception": "errors.New(text)", "ValueError": "errors.New(text)",
	"np": "package math, and loops", "numpy": "package math, and loops", "scipy": "package math, and loops", "sys": "package os",
	"echo": "fmt.Println(x)", "puts": "fmt.Println(x)", "printf": `fmt.Printf("%v\n", x)`, "println": "fmt.Println(x)",
	"null": "nil", "NULL": "nil", "undefined": "nil", "TRUE": "true", "FALSE": "false", "self": "the receiver: func (s *T) Method()",
	"this": "the receiver: func (t *T) Method()", "__name__": "os.Args[0]", "raise": `panic("text")`, "pass": "{ }",
}

// foreignObjects are those of them that something is selected from.
var foreignObjects = map[string]bool{"np": true, "numpy": true, "scipy": true, "sys": true, "self": true, "this": true}

// calledHere are commands and objects of BLISS that have another name here.
var calledHere = map[string]string{
	"SCAN_SAVING": "saving()", "newcollection": `newsample("gold")`, "endproposal": "newproposal() without a name", "enddataset": "newdataset()",
}

// leaving are words for leaving the program.
var leaving = map[string]bool{"exit": true, "quit": true, "logout": true, "bye": true, "q": true}

// systemShell are commands of the operating system.
var systemShell = map[string]bool{
	"ls": true, "ll": true, "cd": true, "pwd": true, "cat": true, "less": true, "more": true, "rm": true, "cp": true, "mkdir": true, "grep": true,
	"man": true, "git": true, "sudo": true, "source": true, "export": true, "alias": true, "vi": true, "vim": true, "nano": true, "emacs": true,
	"top": true, "ssh": true, "python": true, "ipython": true, "bash": true, "which": true, "tail": true, "head": true, "tee": true,
}

// elsewhere is what to say about a name that is not known here but elsewhere,
// or "".
func elsewhere(name string) string {
	switch {
	case foreign[name] != "":
		return "; " + thisIsGo + foreign[name]
	case calledHere[name] != "":
		return "; here: " + calledHere[name]
	case leaving[name]:
		return "; Ctrl-D leaves"
	case systemShell[name]:
		return "; commands of the operating system are typed in another terminal"
	}
	return ""
}

// foreignMembers are methods that lists, maps and texts have elsewhere.
var foreignMembers = map[string]string{
	"append": "l = append(l, x)", "extend": "l = append(l, other...)", "pop": "l = l[:len(l)-1]", "len": "len(x)", "length": "len(x)", "size": "len(x)",
	"sort": "sort.Float64s(l)", "keys": "for k := range m { ... }", "values": "for _, v := range m { ... }", "items": "for k, v := range m { ... }",
	"get": "m[k]", "index": "a loop over the list", "count": "strings.Count(text, word)", "copy": "append([]float64{}, l...)",
	"upper": "strings.ToUpper(text)", "lower": "strings.ToLower(text)", "split": "strings.Split(text, \",\")", "strip": "strings.TrimSpace(text)",
	"format": "fmt.Sprintf(\"%v\", x)", "join": "strings.Join(list, \",\")", "replace": "strings.ReplaceAll(text, old, new)",
	"startswith": "strings.HasPrefix(text, word)", "endswith": "strings.HasSuffix(text, word)", "find": "strings.Index(text, word)",
	"mean": "a loop over the list", "max": "a loop over the list", "min": "a loop over the list", "sum": "a loop over the list",
}
