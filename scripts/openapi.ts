/**
 * Cuts what fleet uses of GitHub out of its published description of 400 MB, and writes test/fixtures/forges/github.json:
 * of each operation its parameters, the schema of its request and one example of what it answers.
 *
 *     npm pack @octokit/openapi@23.0.2 && tar -xzf octokit-openapi-23.0.2.tgz
 *     scripts/bun scripts/openapi.ts package
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const wanted = [
  "GET /repos/{owner}/{repo}",
  "GET /repos/{owner}/{repo}/pulls",
  "POST /repos/{owner}/{repo}/pulls",
  "GET /repos/{owner}/{repo}/pulls/{pull_number}",
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
  "GET /repos/{owner}/{repo}/issues/{issue_number}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/sub_issues",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/timeline",
  "GET /search/issues",
  "GET /user",
  "GET /repos/{owner}/{repo}/hooks",
  "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries",
  "POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts",
];

type Json = Readonly<Record<string, unknown>>;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("say where the unpacked package is");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const { version, license } = JSON.parse(read("package.json"));
const description: Json = JSON.parse(read("generated/api.github.com.json"));
const operations = Object.fromEntries(wanted.map((name) => [name, cut(...(name.split(" ") as [string, string]))]));
const head = { from: `@octokit/openapi ${version}`, license, notice: read("LICENSE").trim() };
const target = resolve(import.meta.dir, "../test/fixtures/forges/github.json");
const rows = Object.entries(operations).map(([name, row]) => `  ${JSON.stringify(name)}: ${JSON.stringify(row)}`);
const lines = Object.entries(head).map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
writeFileSync(target, `{\n${lines.join("\n")}\n "operations": {\n${rows.join(",\n")}\n }\n}\n`);

function cut(method: string, path: string) {
  const operation = at(description, "paths", path, method.toLowerCase());
  const parameters = (operation.parameters as Json[]).map(resolved).map((each) => ({
    name: each.name,
    in: each.in,
    required: each.required === true,
    schema: plain(each.schema),
  }));
  const body = at(operation, "requestBody", "content", "application/json");
  const [status, answer] = Object.entries(operation.responses as Json).find(([code]) => code.startsWith("2")) ?? [];
  const examples = at(resolved(answer), "content", "application/json").examples as Json | undefined;
  const [example] = Object.values(examples ?? {});
  return {
    parameters,
    ...(body.schema === undefined ? {} : { body: plain(body.schema) }),
    status: Number(status),
    example: withoutAddresses(resolved(example).value),
  };
}

/** Of the many addresses in each answer only the one for people is of use. */
function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddresses);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key === "html_url" || !/(?:^|_)(?:url|links)$/.test(key));
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutAddresses(part)]));
}

/** What is at these keys, references followed; an empty object where there is nothing. */
function at(from: Json, ...keys: readonly string[]): Json {
  return keys.reduce<Json>((value, key) => resolved(value[key]), from);
}

function resolved(value: unknown): Json {
  const { $ref } = (value ?? {}) as { readonly $ref?: string };
  return $ref === undefined ? ((value ?? {}) as Json) : at(description, ...$ref.slice(2).split("/"));
}

/** A schema without references, and without the words for people. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const words = new Set(["description", "example", "examples"]);
  return Object.fromEntries(
    Object.entries(resolved(value))
      .filter(([key, part]) => !words.has(key) || (typeof part === "object" && !Array.isArray(part)))
      .map(([key, part]) => [key, plain(part)]),
  );
}
