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
	// All at once, so that one is linked while another is.
	args := []string{"build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-overlay=" + overlay,
		"-o", folder + string(filepath.Separator)}
	for _, dir := range packages {
		args = append(args, "./"+filepath.ToSlash(filepath.Clean(dir)))
	}
	build := exec.Command("go", args...)
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("runtime: %v cannot be built: %w\n%s", packages, err, text)
	}
	return nil
}
