package redisconn

import (
	"strconv"
	"strings"
)

// TooOld reports whether the version of a server is one before 6.2, which lacks
// commands that blissh needs. One that is not understood is not.
func TooOld(version string) bool {
	part := strings.SplitN(version, ".", 3)
	if len(part) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(part[0])
	minor, err2 := strconv.Atoi(part[1])
	return err1 == nil && err2 == nil && (major < 6 || major == 6 && minor < 2)
}
