import { expect, test } from "bun:test";
import { telemetryVariables } from "../../../src/fleet/telemetry.ts";
import { agentEntry } from "../../helpers/samples.ts";

const entry = agentEntry({ id: "0a1b2c3d", branch: 'fix,"é"=;x', batch_id: "auth", repo: "/home/ada/my code" });
const own =
  "fleet.agent.id=0a1b2c3d,fleet.agent.branch=fix%2C%22%C3%A9%22%3D%3Bx,fleet.agent.batch=auth,fleet.agent.repo=/home/ada/my%20code";

test("an agent of a user who exports telemetry is told apart in it, beside what the user says", () => {
  expect(telemetryVariables({ OTEL_METRICS_EXPORTER: "otlp" }, entry)).toEqual({ OTEL_RESOURCE_ATTRIBUTES: own });
  const given = "team=core,fleet.agent.id=ffffffff,fleet.agent.branch=outer";
  expect(telemetryVariables({ OTEL_RESOURCE_ATTRIBUTES: given }, entry)).toEqual({
    OTEL_RESOURCE_ATTRIBUTES: `team=core,${own}`,
  });
});

test("an agent of a user who exports none finds nothing of it in its environment", () => {
  expect(telemetryVariables({ HOME: "/home/ada", OTEL_METRICS_EXPORTER: "" }, entry)).toEqual({});
});
