import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userInContainers } from "../../../src/sandboxes/docker-socket.ts";
import { temporaryFolder } from "../../helpers/folder.ts";

test("in an engine of the user's own, which its socket shows, root is that user; in any other they have their own id", () => {
  const folder = temporaryFolder();
  const socket = join(folder, "docker.sock");
  writeFileSync(socket, "");
  const { uid, gid } = statSync(socket);
  const DOCKER_HOST = `unix://${socket}`;
  expect(userInContainers(uid, gid, { DOCKER_HOST })).toBe("0:0");
  expect(userInContainers(uid + 1, gid, { DOCKER_HOST })).toBe(`${uid + 1}:${gid}`);
  expect(userInContainers(uid + 1, 7, { DOCKER_HOST: "tcp://127.0.0.1:2375" })).toBe(`${uid + 1}:7`);
  expect(userInContainers(uid + 1, 7, { DOCKER_HOST: `unix://${folder}/none` })).toBe(`${uid + 1}:7`);
});

test("the context of docker's client says where that socket is, unless DOCKER_HOST does", () => {
  const HOME = temporaryFolder();
  const socket = join(HOME, "own.sock");
  writeFileSync(socket, "");
  const { uid } = statSync(socket);
  const meta = join(HOME, ".docker/contexts/meta", createHash("sha256").update("rootless").digest("hex"));
  mkdirSync(meta, { recursive: true });
  const write = (host: unknown) =>
    writeFileSync(join(meta, "meta.json"), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
  writeFileSync(join(HOME, ".docker/config.json"), JSON.stringify({ currentContext: "rootless" }));
  write(`unix://${socket}`);
  expect(userInContainers(uid, 7, { HOME })).toBe("0:0");
  expect(userInContainers(uid, 7, { HOME, DOCKER_HOST: "tcp://a:1" })).toBe(`${uid}:7`);
  write(["no text"]);
  expect(userInContainers(uid + 1, 7, { HOME })).toBe(`${uid + 1}:7`);
  writeFileSync(join(HOME, ".docker/config.json"), "{ no JSON");
  expect(userInContainers(uid + 1, 7, { HOME })).toBe(`${uid + 1}:7`);
});
