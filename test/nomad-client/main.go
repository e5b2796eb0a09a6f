// Command nomad-client is the published client of Nomad, for two purposes: "types" prints the types of its API that a host of fleet uses,
// and "drive ADDRESS TOKEN" does with a Nomad what a host does, with a job of fleet on standard input.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/nomad/api"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	switch {
	case len(words) == 1 && words[0] == "types":
		return printTypes()
	case len(words) == 3 && words[0] == "drive":
		return drive(words[1], words[2])
	}
	return fmt.Errorf("usage: nomad-client types | drive ADDRESS TOKEN <JOB")
}

// drive registers the job, dispatches it, runs commands in its task and takes it back.
func drive(address, token string) error {
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	var job api.Job
	if err := decoder.Decode(&job); err != nil {
		return err
	}
	client, err := api.NewClient(&api.Config{Address: address, SecretID: token})
	if err != nil {
		return err
	}
	if _, _, err := client.Jobs().Register(&job, nil); err != nil {
		return err
	}
	dispatched, _, err := client.Jobs().Dispatch(*job.ID, nil, nil, "", nil)
	if err != nil {
		return err
	}
	listed, _, err := client.Jobs().PrefixList(*job.ID + "/dispatch-")
	if err != nil || len(listed) != 1 || listed[0].ID != dispatched.DispatchedJobID {
		return fmt.Errorf("listed: %v %v", listed, err)
	}
	allocations, _, err := client.Jobs().Allocations(dispatched.DispatchedJobID, true, nil)
	if err != nil || len(allocations) != 1 || allocations[0].ClientStatus != api.AllocClientStatusRunning {
		return fmt.Errorf("allocations: %v %v", allocations, err)
	}
	allocation := &api.Allocation{ID: allocations[0].ID, NodeID: allocations[0].NodeID}
	task := job.TaskGroups[0].Tasks[0].Name
	for _, terminal := range []bool{false, true} {
		if err := execute(client, allocation, task, terminal); err != nil {
			return err
		}
	}
	_, _, err = client.Jobs().Deregister(dispatched.DispatchedJobID, false, nil)
	return err
}

// execute runs a command that copies its input and ends with 7, and prints what came of it.
func execute(client *api.Client, allocation *api.Allocation, task string, terminal bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	command := []string{"/bin/sh", "-c", "read line; echo \"$line\"; echo warning >&2; exit 7"}
	sizes := make(chan api.TerminalSize)
	code, err := client.Allocations().Exec(ctx, allocation, task, terminal, command, strings.NewReader("hello\n"), &stdout, &stderr, sizes, nil)
	fmt.Printf("terminal %v: code %d, %q, %q\n", terminal, code, stdout.String(), stderr.String())
	return err
}

// left are types that a job of fleet has no use for: a job that names one of them does not fit.
var left = strings.Fields(`Affinity AllocDeploymentStatus AllocatedResources CSIMountOptions Consul DispatchPayloadConfig EvaluationStub
	JobSubmission JobSummary LogConfig MigrateStrategy Multiregion NetworkResource NodeScoreMeta PeriodicConfig RequestedDevice
	RescheduleTracker ScalingPolicy Service Spread TaskArtifact TaskCSIPluginConfig TaskHandle TaskLifecycle Template UpdateStrategy
	Vault WorkloadIdentity`)

// types are the structs that were met, by their names: of each field what it holds.
type types map[string]map[string]string

// printTypes prints one struct a line, as JSON.
func printTypes() error {
	met := types{}
	for _, value := range []any{
		api.JobRegisterRequest{}, api.JobRegisterResponse{}, api.JobDispatchRequest{}, api.JobDispatchResponse{}, api.JobDeregisterResponse{},
		api.JobListStub{}, api.AllocationListStub{}, api.Evaluation{}, api.ExecStreamingInput{}, api.ExecStreamingOutput{},
	} {
		met.add(reflect.TypeOf(value))
	}
	var lines []string
	for name, fields := range met {
		line, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf(" %q: %s", name, line))
	}
	slices.Sort(lines)
	fmt.Printf("{\n%s\n}\n", strings.Join(lines, ",\n"))
	return nil
}

func (met types) add(structure reflect.Type) {
	if met[structure.Name()] != nil {
		return
	}
	fields := map[string]string{}
	met[structure.Name()] = fields
	for _, field := range reflect.VisibleFields(structure) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		if field.IsExported() && !field.Anonymous && name != "-" {
			fields[name] = met.named(field.Type)
		}
	}
}

func (met types) named(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Pointer:
		return met.named(kind.Elem())
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "list of " + met.named(kind.Elem())
	case reflect.Map:
		return "map of " + met.named(kind.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Interface:
		return "any"
	case reflect.Struct:
		if kind == reflect.TypeOf(time.Time{}) {
			return "string"
		}
		if slices.Contains(left, kind.Name()) {
			return "nothing"
		}
		met.add(kind)
		return kind.Name()
	}
	return "integer"
}
