package runtime

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds the main packages into folder, each under the last part of its
// path, with the flags of the deployment and for this machine's processor. The
// packages are folders, relative to root.
func Build(root, folder string, packages ...string) error {
	return BuildOver("", root, folder, packages...)
}

// BuildOver is Build with other files in place of some: overlay names a list of them, as
// go build's -overlay takes it; "" is none.
func BuildOver(overlay, root, folder string, packages ...string) error {
	for _, dir := range packages {
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-overlay="+overlay,
			"-o", filepath.Join(folder, filepath.Base(dir)), "./"+filepath.ToSlash(filepath.Clean(dir)))
		build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("runtime: %s cannot be built: %w\n%s", dir, err, text)
		}
	}
	return nil
}
