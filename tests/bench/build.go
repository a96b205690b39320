package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// reference is the module of what the functions are compared with. It is one of its
// own, so that the project stands on none of the naive build's modules.
const reference = "tests/bench/reference"

// references are its programs.
var references = []string{"hello", "naive", "floor", "postback"}

// build builds the functions, once more without Stripe, and what they are compared with,
// all with the same flags, into a folder.
func build(root, folder string) error {
	functions, err := filepath.Glob(filepath.Join(root, "functions", "*"))
	if err != nil || len(functions) == 0 {
		return fmt.Errorf("%s holds no functions: run this from the folder of template.yaml, or name it with -root (%v)", root, err)
	}
	for i, f := range functions {
		functions[i] = filepath.Join("functions", filepath.Base(f))
	}
	if err := runtime.Build(root, folder, functions...); err != nil {
		return err
	}
	if err := buildWithoutStripe(root, folder, functions); err != nil {
		return err
	}
	return runtime.Build(filepath.Join(root, reference), folder, references...)
}

// size is what a binary weighs, in MiB.
type size struct{ binary, zip float64 }

// sizeOf weighs a binary, and the archive that is deployed: the binary alone, under
// the name the runtime starts, packed as tightly as deflate can, without a time in
// it, so that equal binaries are equal archives.
func sizeOf(path string) (size, error) {
	program, err := os.ReadFile(path)
	if err != nil {
		return size{}, err
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return size{}, err
	}
	if _, err := entry.Write(program); err != nil {
		return size{}, err
	}
	if err := archive.Close(); err != nil {
		return size{}, err
	}
	return size{float64(len(program)) / (1 << 20), float64(packed.Len()) / (1 << 20)}, nil
}
