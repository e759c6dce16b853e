// Package scripts carries the hooks of the demo session, so that the program has
// it away from its source. The other files here are not part of any package:
// they are run by blissh, to be copied and changed.
package scripts

import "embed"

// StopAlignmentHook is the file of the demo session's hook.
const StopAlignmentHook = "stop_alignment_hook.go"

// Hooks are the hook scripts.
//
//go:embed *_hook.go
var Hooks embed.FS
