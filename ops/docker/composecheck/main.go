// Loads a compose file as `docker compose config` does, without an engine: compose-go is the loader that compose is
// made of. Usage: go run . FILE [PROFILE...]. Writes the names of the services, one a line.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
)

func services(file string, profiles []string) ([]string, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithName("millrace"), cli.WithProfiles(profiles))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	names := project.ServiceNames()
	sort.Strings(names)
	return names, nil
}

func main() {
	names, err := services(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, name := range names {
		fmt.Println(name)
	}
}
