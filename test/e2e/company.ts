import { onTestFinished } from "bun:test";
import { certificateIn } from "../helpers/certificate.ts";
import { PlayedGithub } from "../helpers/github-issues.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { demoSandbox, writeConfig } from "./agents.ts";

/** A user, a project of theirs and the issues of it. */
export interface World {
  readonly box: Sandbox;
  readonly project: Repository;
  readonly github: PlayedGithub;
  readonly at: { readonly cwd: string };
}

/** A project whose remote is on a GitHub of the company's own, which is this machine. */
export async function companyWorld(config = "", { claims = false } = {}): Promise<World> {
  const box = await demoSandbox();
  const { key, cert } = await certificateIn(box.root);
  const github = new PlayedGithub({ base: "/api/v3" });
  const tls = { key: Bun.file(key), cert: Bun.file(cert) };
  const server = Bun.serve({ port: 0, hostname: "localhost", tls, fetch: github.fetch });
  onTestFinished(() => server.stop(true));
  const host = `localhost:${server.port}`;
  writeConfig(box, `github_hosts = ["${host}"]\nclaim_tickets = ${claims}\n${config}`);
  Object.assign(box.env, { SSL_CERT_FILE: cert, GH_ENTERPRISE_TOKEN: "secret-token" });
  const project = await box.repository();
  await project.git("remote", "add", "origin", `https://${host}/acme/web.git`);
  return { box, project, github, at: { cwd: project.path } };
}
