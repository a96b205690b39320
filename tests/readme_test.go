package tests

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// readmeCommands are the lines of the shell blocks in a section of the README,
// without remarks: whoever runs these runs what a reader is told to.
func readmeCommands(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("the README has no section %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var commands []string
	inside := false
	for line := range strings.Lines(section) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside:
			line, _, _ = strings.Cut(line, "  #") // two spaces: one is inside of strings
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				commands = append(commands, line)
			}
		}
	}
	return commands
}

// TestNothingTurnsCachingOn: SAM CLI's cache looks at a function's own folder
// alone, so a change under shared/ would deploy the old binary. `sam init` turns
// it on in a samconfig.
func TestNothingTurnsCachingOn(t *testing.T) {
	for _, file := range []string{"samconfig.toml", "samconfig.yaml", "samconfig.yml"} {
		text, err := os.ReadFile("../" + file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if setting := strings.Join(strings.Fields(line), ""); strings.HasPrefix(setting, "cached") && !slices.Contains([]string{"cached=false", "cached:false"}, setting) {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
	commands := readmeCommands(t, "With SAM CLI")
	if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, "sam build") }) {
		t.Errorf("the README does not build: %q", commands)
	}
	for _, command := range commands {
		if strings.Contains(command, "--cached") {
			t.Errorf("the README says %s", command)
		}
	}
}
