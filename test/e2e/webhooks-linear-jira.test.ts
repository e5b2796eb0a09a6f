import { expect, onTestFinished, test } from "bun:test";
import { createHmac } from "node:crypto";
import { PlayedJira } from "../helpers/jira-issues.ts";
import { PlayedLinear } from "../helpers/linear-issues.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, receivedBy, registered, untilDemo } from "./agents.ts";
import { serveWebhooks, untilDone } from "./serve-webhooks.ts";

/** A project whose tickets are in a Linear and a Jira that are played, and those labelled `agent` get one. */
async function trackers({ people, secret }: { readonly people: readonly string[]; readonly secret?: string }) {
  const [linear, jira] = [new PlayedLinear(), new PlayedJira("me@acme.example")];
  const [linearUrl, jiraUrl] = [linear, jira].map(({ fetch }) => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
    onTestFinished(() => server.stop(true));
    return `http://127.0.0.1:${server.port}`;
  }) as [string, string];
  const rules = ["linear", "jira"].map(
    (source) =>
      `[[webhooks.rules]]\nsource = "${source}"\nevent = "ticket"\nlabel = "agent"\ndirectory = "~/code/project"\n`,
  );
  const box = await demoSandbox(
    `linear_url = "${linearUrl}/graphql"\nlinear_token_command = "echo lin_api_secret"\n` +
      `jira_url = "${jiraUrl}"\njira_user = "me@acme.example"\njira_token_command = "echo secret-token"\n` +
      `[webhooks]\npeople = ${JSON.stringify(people)}\nallow_unsandboxed = true\n` +
      (secret === undefined
        ? ""
        : `linear_secret_command = "echo ${secret}"\njira_secret_command = "echo ${secret}"\n`) +
      rules.join(""),
  );
  return { box, linear, jira, jiraUrl, project: await box.repository() };
}

test("an issue of Linear and one of Jira become agents by their webhooks", async () => {
  const secret = "plain-secret";
  const { box, linear, jira, jiraUrl, project } = await trackers({ people: ["linear:u1", "jira:a1"], secret });
  await using _ = box;
  linear.issues.set("ENG-12", { title: "Login", labels: ["agent"] });
  jira.issues.set("PROJ-7", { summary: "Logout", labels: ["agent"] });
  const { program, url } = await serveWebhooks(box, project);
  const send = async (name: string, payload: object, headers: (signature: string) => Record<string, string>) => {
    const body = JSON.stringify(payload);
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const answered = await fetch(`${url}/hooks/${name}`, {
      method: "POST",
      body,
      headers: headers(signature),
    });
    return answered.status;
  };
  const issue = (webhookTimestamp: number) => ({
    ...{ type: "Issue", action: "update", actor: { id: "u1", type: "user" }, webhookTimestamp },
    data: {
      ...{
        identifier: "ENG-12",
        title: "Login",
        description: "It says 500.",
        url: "https://linear.app/acme/issue/ENG-12/x",
      },
      ...{ creatorId: "u1", state: { name: "Todo", type: "unstarted" }, labels: [{ name: "agent" }] },
    },
  });
  const ofLinear = (signature: string) => ({
    "Linear-Signature": signature,
    "Linear-Delivery": "1",
    "Linear-Event": "Issue",
  });
  expect(await send("linear", issue(Date.now() - 61_000), ofLinear)).toBe(401);
  expect(await send("linear", issue(Date.now()), ofLinear)).toBe(202);
  const changed = {
    ...{ webhookEvent: "jira:issue_updated", timestamp: Date.now(), user: { accountId: "a1" } },
    issue: {
      ...{ self: `${jiraUrl}/rest/api/2/1`, key: "PROJ-7" },
      fields: {
        summary: "Logout",
        description: "h1. Bug",
        labels: ["agent"],
        creator: { accountId: "a1" },
        status: { name: "To Do" },
      },
    },
  };
  const ofJira = (signature: string) => ({
    "X-Hub-Signature": `sha256=${signature}`,
    "X-Atlassian-Webhook-Identifier": "1",
  });
  expect(await send("jira", changed, ofJira)).toBe(202);
  // Jira tries again with the same identifier.
  expect(await send("jira", { ...changed, timestamp: 1 }, ofJira)).toBe(202);
  expect(await send("github", {}, () => ({}))).toBe(503);
  const why =
    "a delivery of GitHub was not taken: there is no secret for webhooks of GitHub; set github_secret_command";
  await eventually(() => program.stderr.includes(why), { what: "a word of why" });
  await untilDone(box, 2);
  expect(registered(box).map(({ branch }) => branch)).toEqual(["ENG-12-login", "PROJ-7-logout"]);
  await untilDemo(box, "PROJ-7-logout", "idle", 1);
  expect(receivedBy(box, "PROJ-7-logout")[0]).toContain("> # Bug\n");
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
});

test("tickets of Linear and Jira that changed while no server was there become agents, if those who labelled them may", async () => {
  const { box, linear, jira, project } = await trackers({ people: ["linear:u1", "jira:id-ann"] });
  await using _ = box;
  const start = async () => (await serveWebhooks(box, project)).program;
  const first = await start();
  first.signalGroup("SIGKILL");
  await first.ended();
  // The first server that there ever was has missed nothing.
  expect([linear.filters, jira.asked]).toEqual([[], []]);
  const labelled = (id: string) => ({
    ...{ toTitle: null, actor: { id }, descriptionUpdatedBy: null, addedLabels: [{ name: "agent" }] },
  });
  linear.issues.set("ENG-12", { title: "Login", labels: ["agent"], history: [labelled("u1")] });
  linear.issues.set("ENG-13", { title: "Evil", labels: ["agent"], history: [labelled("u1"), labelled("u666")] });
  jira.issues.set("PROJ-7", { summary: "Logout", labels: ["agent"] });
  const second = await start();
  await untilDone(box, 3);
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["ENG-12-login", "PROJ-7-logout"]);
  expect(second.stderr).toContain("linear:u666 is not in people");
  second.signalGroup("SIGTERM");
  await second.ended();
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
  // What has been dealt with is not done again.
  const third = await start();
  const asked = () => jira.asked.filter(({ path }) => path === "/search/jql").length;
  await eventually(() => asked() === 2 && linear.filters.length === 2, { what: "the question for what changed" });
  third.signalGroup("SIGTERM");
  await third.ended();
  expect(registered(box)).toEqual([]);
});
