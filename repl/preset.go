package repl

import (
	"blissh/data"
	"blissh/hooks"
)

var _ hooks.PresetCallback = (*instance)(nil)

// preset makes one call of a hook as a preset.
func (in *instance) preset(f func(hooks.PresetCallback) error) error {
	in.enter()
	defer in.leave()
	defer in.plainly()
	return f(in.cb)
}

func (in *instance) OnPrepare(s *data.Scan) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnPrepare(s) })
}

func (in *instance) OnChainPrepare(controllers []string) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnChainPrepare(controllers) })
}

func (in *instance) OnStart(s *data.Scan) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnStart(s) })
}

func (in *instance) OnChainStart() error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnChainStart() })
}

func (in *instance) OnPointPrepare(point int) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnPointPrepare(point) })
}

func (in *instance) OnPointStart(point int) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnPointStart(point) })
}

func (in *instance) OnPointStop(point int) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnPointStop(point) })
}

func (in *instance) OnChainStop() error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnChainStop() })
}

func (in *instance) OnStop(s *data.Scan) error {
	return in.preset(func(p hooks.PresetCallback) error { return p.OnStop(s) })
}
