// Command compose resolves compose files as `docker compose config` does, and prints the project as JSON.
//
// The reference parser has a command of its own, which checks a file but never hands it the environment:
// every required variable is missing there. This one uses the same library with the environment and .env.
//
// Usage: compose PROJECT_FOLDER COMPOSE_FILE [OVERRIDE...]
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	resolved, err := resolve(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(resolved))
}

func resolve(folder string, files []string) ([]byte, error) {
	options, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(folder), cli.WithOsEnv, cli.WithEnvFiles(), cli.WithDotEnv,
		cli.WithInterpolation(true), cli.WithResolvedPaths(true), cli.WithNormalization(true),
		cli.WithConsistency(true), cli.WithDefaultProfiles())
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
