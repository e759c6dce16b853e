package commands

import (
	"fmt"

	"blissh/hooks"
	"blissh/scan"
)

func addPresetCommand() Command {
	return Command{
		Name: "add_preset", Group: groupScans,
		Usage: "add_preset(preset) or add_preset(scan, preset)",
		Help: "Puts a hook around every scan that begins from now on, or around one scan before it runs: its OnPrepare, OnStart, OnStop " +
			"and those of chain and points are called, in the order in which presets were added, the stops in reverse. Prints nothing.",
		Example: "add_preset(ShutterHook())",
		Func:    func(sh *Shell) any { return sh.addPreset },
	}
}

func removePresetCommand() Command {
	return Command{
		Name: "remove_preset", Group: groupScans,
		Usage:   "remove_preset() or remove_preset(preset)",
		Help:    "Takes away what add_preset(preset) has put around every scan: all of it, or the hooks of one type. Prints nothing.",
		Example: "remove_preset(p)",
		Func:    func(sh *Shell) any { return sh.removePreset },
	}
}

func (sh *Shell) addPreset(args ...any) {
	a := sh.parse("add_preset", args)
	a.most(2)
	if _, isScan := a.at(0).(*Scan); !isScan {
		a.most(1)
		sh.Session.AddPreset(sh.preset(a, 0))
		return
	}
	try(a.scan(0, "scan").scan.AddPreset(sh.preset(a, 1)))
}

func (sh *Shell) removePreset(args ...any) {
	a := sh.parse("remove_preset", args)
	a.most(1)
	match := func(scan.Preset) bool { return true }
	if len(a.list) > 0 {
		wanted := presetName(sh.preset(a, 0))
		match = func(p scan.Preset) bool { return presetName(p) == wanted }
	}
	if sh.Session.RemovePresets(match) == 0 {
		failf("remove_preset", "no such preset was added")
	}
}

// AddPreset puts a preset around the scan, after the others. It comes before Run.
func (s *Scan) AddPreset(cb hooks.PresetCallback) {
	p := s.sh.presetOf(cb)
	if p == nil {
		failf("add_preset", "a hook with OnPrepare, OnStart, OnStop or such methods expected, got %s", describe(cb))
	}
	try(s.scan.AddPreset(p))
}

// presetName tells presets apart: by the hook's name, for a hook typed at the
// prompt is another object each time it is handed over.
func presetName(p scan.Preset) string {
	if n, ok := p.(interface{ Name() string }); ok {
		return n.Name()
	}
	return fmt.Sprintf("%T", p)
}

// preset is a hook, or a preset of compiled code.
func (sh *Shell) preset(a *arguments, i int) scan.Preset {
	if p := sh.presetOf(a.at(i)); p != nil {
		return p
	}
	a.wrong(i, "preset", "a hook with OnPrepare, OnStart, OnStop or such methods")
	return nil
}

// presetOf is nil for what is no preset.
func (sh *Shell) presetOf(v any) scan.Preset {
	switch p := v.(type) {
	case nil:
		return nil
	case scan.Preset:
		return p
	case *hooks.Hook:
		return p.Preset()
	case hooks.PresetCallback: // typed at the prompt
		h := hooks.PresetOf(p)
		h.Protect = sh.Host.Call
		return h.Preset()
	}
	return nil
}
