import { toJSONSchema, type ZodMiniType } from "zod/mini";
import { operations } from "../api/table.ts";
import { fieldsOf } from "./query.ts";

type Json = Readonly<Record<string, unknown>>;

const problem = { $ref: "#/components/responses/Problem" };
const named = (name: string): Json => ({ $ref: `#/components/parameters/${name}` });

/** What this server can be asked, as OpenAPI 3.1 says it: from the same table as the answers. */
export async function openApi(version: string): Promise<Json> {
  const rows = await Promise.all(Object.keys(operations).map((name) => pathsOfRow(name as keyof typeof operations)));
  return {
    openapi: "3.1.0",
    info: {
      title: "fleet serve",
      version,
      summary: "Run fleets of AI coding agents",
      description:
        "The operations of `fleet api` over HTTP. What cannot be done because of how things stand is 409; nothing changes by a GET. " +
        "What changes as it happens is told at `/api/v1/events`, a WebSocket with the protocols `fleet.v1` and `token.TOKEN`.",
      license: { name: "MIT", identifier: "MIT" },
    },
    security: [{ token: [] }],
    paths: { ...ownPaths(await schemasOf("list")), ...Object.fromEntries(rows) },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "of the file that fleet serve names" } },
      parameters,
      schemas: {
        Problem: problemSchema,
        EventMessage: schemaOf((await import("../model/wire/events.ts")).clientMessage, "input"),
      },
      responses: {
        Problem: {
          description: "why not",
          content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

const text = { type: ["string", "null"] };

const problemSchema = {
  type: "object",
  required: ["type", "title", "status", "detail", "kind", "code", "hint"],
  properties: {
    type: { const: "about:blank" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "names the thing that is wrong" },
    kind: { type: "string" },
    code: { ...text, description: "what it is, for programs: it stays when the words change" },
    hint: { ...text, description: "what to do next" },
    output: { type: "string", description: "the words of the program that failed, or which of several are meant" },
  },
};

const parameters = {
  Directory: {
    name: "Fleet-Directory",
    in: "header",
    description:
      "where you are, as with -C: an absolute path, what is not ASCII as %XX. Where the server was started unless given.",
    schema: { type: "string" },
  },
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "names the operation: a call that is repeated with it is done once, and answered the same for seven days",
    schema: { type: "string", pattern: "^[0-9A-Za-z][0-9A-Za-z_.-]{7,63}$" },
  },
};

interface Schemas {
  readonly input: Json;
  readonly answer: Json;
  readonly fields: Readonly<Record<string, Json>>;
}

async function schemasOf(name: keyof typeof operations): Promise<Schemas> {
  const { input, answer } = await operations[name].shapes();
  return { input: schemaOf(input, "input"), answer: schemaOf(answer, "output"), fields: fieldsOf(input) };
}

function schemaOf(shape: ZodMiniType, io: "input" | "output"): Json {
  const { $schema: _, ...schema } = toJSONSchema(shape, { io });
  return schema;
}

async function pathsOfRow(name: keyof typeof operations): Promise<readonly [string, Json]> {
  const { summary, changes } = operations[name];
  const schemas = await schemasOf(name);
  const post = {
    operationId: name,
    summary,
    parameters: [named("Directory"), ...(changes ? [named("IdempotencyKey")] : [])],
    requestBody: { content: json(schemas.input) },
    responses: {
      200: {
        description:
          "done, for all or for some; or lines that tell of progress, of which the last is the answer or an error",
        headers: changes
          ? { "Fleet-Operation": { schema: { type: "string" }, description: "the name of the operation" } }
          : {},
        content: { ...json(schemas.answer), "application/x-ndjson": {} },
      },
      default: problem,
    },
  };
  if (changes) return [`/api/v1/${name}`, { post }];
  return [`/api/v1/${name}`, { get: lookOf(`look_${name}`, summary, schemas), post }];
}

function lookOf(operationId: string, summary: string, { fields, answer, input }: Schemas): Json {
  const required = (input.required ?? []) as readonly string[];
  const inQuery = Object.entries(fields).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  return {
    operationId,
    summary,
    parameters: [...inQuery, named("Directory")],
    responses: { 200: { description: "what there is", content: json(answer) }, default: problem },
  };
}

/** The routes that are no rows of the table. */
function ownPaths(list: Schemas): Json {
  const operation = {
    name: "id",
    in: "path",
    required: true,
    schema: { type: "string", pattern: parameters.IdempotencyKey.schema.pattern },
  };
  const { all_repositories: _, ...fields } = list.fields;
  return {
    "/api/v1": { get: answering("describe", "what can be called", serverSchema) },
    "/api/v1/server": { get: answering("server", "which server this is", serverSchema) },
    "/api/v1/agents": { get: lookOf("agents", "what each agent of all repositories is doing", { ...list, fields }) },
    "/api/v1/openapi.json": { get: answering("openapi", "this description", { type: "object" }) },
    "/api/v1/operations/{id}": {
      parameters: [operation],
      get: answering("outcome", "what came of an operation", { type: "object", required: ["outcome"] }),
      delete: answering("cancel", "ask an operation to stop", {
        type: "object",
        required: ["cancelled"],
        properties: { cancelled: { type: "boolean" } },
      }),
    },
    "/api/v1/session": {
      post: {
        ...answering("session", "exchange the code of a link for a token", sessionSchema),
        security: [],
        requestBody: {
          content: json({
            type: "object",
            required: ["code"],
            properties: { code: { type: "string" } },
            additionalProperties: false,
          }),
        },
      },
    },
    "/metrics": {
      get: {
        operationId: "scrape",
        summary: "what agents do and use, in the text format of Prometheus",
        responses: {
          200: { description: "the metrics", content: { "text/plain": { schema: { type: "string" } } } },
          default: problem,
        },
      },
    },
  };
}

const serverSchema = {
  type: "object",
  required: ["api", "fleet", "instance", "role", "started_at", "newer", "repositories", "hosts", "operations"],
  properties: {
    api: { type: "integer" },
    fleet: { type: "string", description: "the version of the program that answers" },
    instance: { type: "string", description: "names this start of the server" },
    role: { enum: ["owner", "viewer"] },
    started_at: { type: "string", format: "date-time" },
    newer: { ...text, description: "the version of the program that is installed by now, when it is another" },
    repositories: {
      type: "array",
      items: {
        type: "object",
        required: ["root", "name"],
        properties: { root: { type: "string" }, name: { type: "string" } },
      },
    },
    hosts: { type: "array", items: { type: "string" }, description: "other machines that agents can be started on" },
    operations: { type: "array", items: { type: "object", required: ["name", "summary", "changes", "waits"] } },
  },
};

const sessionSchema = {
  type: "object",
  required: ["token", "role"],
  properties: { token: { type: "string" }, role: { enum: ["owner", "viewer"] } },
};

function answering(operationId: string, summary: string, schema: Json): Json {
  return {
    operationId,
    summary,
    responses: { 200: { description: summary, content: json(schema) }, default: problem },
  };
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}
