import { expect, test } from "bun:test";
import { requireMemoryLimit } from "../../../src/hosts/memory-limit.ts";
import { inputFrames, readFrame } from "../../../src/hosts/nomad/frames.ts";
import { jobOf, megabytes } from "../../../src/hosts/nomad/job.ts";
import { misfits } from "../../helpers/nomad-types.ts";
import { hostOfNomad } from "./nomad-host.ts";

test("a job is of the published types of Nomad, whatever is asked for", () => {
  const all = {
    ...{ namespace: "ml", region: "eu", datacenters: "dc1, dc2", node_pool: "gpu", image: "registry.lab/agents:1" },
    ...{ cpu: 4000, cores: 4, memory: "16G", disk: "20G", home: "/home/agent", volume: "fleet" },
  };
  for (const options of [{}, { driver: "raw_exec" }, { memory: 512 }, all]) {
    expect(misfits("JobRegisterRequest", { Job: jobOf(hostOfNomad(options)) })).toEqual([]);
  }
  expect(misfits("JobRegisterRequest", { Job: { Tpye: "batch", Name: 7 } })).toEqual([
    "JobRegisterRequest.Job: has no Tpye",
    "JobRegisterRequest.Job.Name: expected string",
  ]);
});

test("what is asked of Nomad are resources and a place of the one task, which is not started again by itself", () => {
  const options = {
    image: "agents:1",
    cores: 4,
    memory: "16G",
    home: "/home/agent",
    volume: "fleet",
    datacenters: "dc1 dc2",
  };
  const script = expect.stringMatching(
    /^mkdir -p "\$HOME" && cd "\$HOME" \|\| exit\n(?:.*\n)*server="tmux -L \$AI_FLEET_TMUX_SOCKET"\n/,
  );
  expect(jobOf(hostOfNomad(options))).toMatchObject({
    ...{ ID: "fleet-lab", Type: "batch", Datacenters: ["dc1", "dc2"], ParameterizedJob: { Payload: "forbidden" } },
    TaskGroups: [
      {
        RestartPolicy: { Attempts: 0, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Volumes: { home: { Type: "host", Source: "fleet" } },
        Tasks: [
          {
            Driver: "docker",
            Config: { image: "agents:1", command: "/bin/sh", args: ["-c", script] },
            Env: { HOME: "/home/agent" },
            Resources: { Cores: 4, MemoryMB: 16384 },
            VolumeMounts: [{ Volume: "home", Destination: "/home/agent" }],
          },
        ],
      },
    ],
  });
  expect(jobOf(hostOfNomad({}))).toMatchObject({ TaskGroups: [{ Tasks: [{ Driver: "exec", Resources: {} }] }] });
});

test("nothing in the script of a task is what Nomad would replace", () => {
  const { TaskGroups } = jobOf(hostOfNomad({ volume: "fleet" })) as {
    readonly TaskGroups: readonly {
      readonly Tasks: readonly { readonly Config: { readonly args: readonly string[] } }[];
    }[];
  };
  expect(TaskGroups[0]?.Tasks[0]?.Config.args.join("\n")).not.toContain("${");
});

test("an amount of memory is MiB, with the letters of others", () => {
  expect([512, "512M", "16G", "16GB", "1t"].map(megabytes)).toEqual([512, 512, 16_384, 16_384, 1_048_576]);
});

test("bytes come through the messages of exec as they are, however many", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const frames = [...inputFrames(bytes), ...inputFrames(new Uint8Array())];
  const told = frames.map((frame) => (JSON.parse(frame) as { readonly stdin: { readonly data: string } }).stdin.data);
  expect(Buffer.concat(told.map((data) => Buffer.from(data, "base64"))).equals(bytes)).toBe(true);
  for (const frame of frames) expect(misfits("ExecStreamingInput", JSON.parse(frame))).toEqual([]);
  expect(readFrame("{}")).toEqual({});
  expect(readFrame('{"stderr":{"data":"aGk="}}')).toEqual({ stderr: Buffer.from("hi") });
  expect(readFrame('{"stdout":{"close":true}}')).toEqual({});
  expect(readFrame('{"exited":true,"result":{"exit_code":7}}')).toEqual({ exitCode: 7 });
});

test("a scheduler that was asked for memory must have limited it, as the kernel says", () => {
  const held = (printed: string) => () =>
    requireMemoryLimit(printed, hostOfNomad({}), { by: "Nomad", remedy: "take docker" });
  expect(held("1073741824\n")).not.toThrow();
  for (const none of ["", "max\n", "9223372036854771712\n"]) {
    expect(held(none)).toThrow("Nomad at lab does not hold agents to their memory");
  }
});
