// Prints the evaluation cases that OPA publishes for implementers of Rego as one JSON document,
// {"cases": [...]}, with OPA's own field names.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/open-policy-agent/opa/v1/test/cases"
)

func main() {
	version := flag.Int("rego-version", 1, "0 or 1: which of the two sets")
	opa := flag.String("opa", "", "folder of the OPA module")
	output := flag.String("output", "", "file to write")
	flag.Parse()

	if err := write(*version, *opa, *output); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(version int, opa, output string) error {
	folder := filepath.Join(opa, "v1", "test", "cases", "testdata", fmt.Sprintf("v%d", version))
	set, err := cases.Load(folder)
	if err != nil {
		return err
	}
	if len(set.Cases) == 0 {
		return fmt.Errorf("no cases under %s", folder)
	}
	body, err := json.Marshal(set.Sorted())
	if err != nil {
		return err
	}
	if err := os.WriteFile(output, body, 0o644); err != nil {
		return err
	}
	fmt.Printf("%d cases\n", len(set.Cases))
	return nil
}
