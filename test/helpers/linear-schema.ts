import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSchema, type GraphQLSchema } from "graphql";

/** The roots that fleet uses; more of them would only take longer to read. */
const roots: Readonly<Record<string, readonly string[]>> = {
  Query: ["issue", "issues"],
  Mutation: ["commentCreate", "commentUpdate", "commentDelete", "issueUpdate"],
};

const builtIn = new Set(["ID", "String", "Boolean", "Int", "Float"]);

/**
 * The schema of Linear's interface, read from the types that its published SDK was generated with: a request is checked, and answered, as
 * Linear itself would check it.
 */
export function linearSchema(): GraphQLSchema {
  const text = sdkTypes();
  const declared = new Map(
    [...text.matchAll(/^type (\w+) = (?:\w+ & )*\{\n([\s\S]*?)\n\};$/gm)].map(([, name = "", body = ""]) => [
      name,
      body,
    ]),
  );
  const enums = new Map(
    [...text.matchAll(/^declare enum (\w+) \{\n([\s\S]*?)\n\}$/gm)].map(([, name = "", body = ""]) => [name, body]),
  );
  const written = new Map<string, string>();
  const waiting = Object.keys(roots);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (written.has(name) || builtIn.has(name)) continue;
    const body = declared.get(name);
    const values = enums.get(name);
    if (values !== undefined)
      written.set(name, `enum ${name} {${[...values.matchAll(/= "(\w+)"/g)].map(([, value]) => ` ${value}`)} }`);
    else if (body === undefined) written.set(name, `scalar ${name}`);
    else written.set(name, definition(name, body, declared, waiting));
  }
  return buildSchema([...written.values()].join("\n"), { assumeValidSDL: true });
}

function sdkTypes(): string {
  const folder = join(dirname(Bun.resolveSync("@linear/sdk", import.meta.dir)));
  const [file] = readdirSync(folder).filter((name) => /^index-.*\.d\.mts$/.test(name));
  return readFileSync(join(folder, file ?? ""), "utf8");
}

function definition(name: string, body: string, declared: ReadonlyMap<string, string>, waiting: string[]): string {
  const isObject = /^ {2}__typename\?: /m.test(body);
  const fields = [...body.matchAll(/^ {2}(\w+)(\?)?: (.*);$/gm)].filter(([, field = ""]) => {
    return !field.startsWith("__") && (roots[name] === undefined || roots[name].includes(field));
  });
  const lines = fields.map(([, field = "", optional, type = ""]) => {
    const parameters = isObject
      ? declared.get(`${name}${field.charAt(0).toUpperCase()}${field.slice(1)}Args`)
      : undefined;
    const list = [...(parameters ?? "").matchAll(/^ {2}(\w+)(\?)?: (.*);$/gm)].map(
      ([, parameter, mayLack, kind = ""]) => `${parameter}: ${typeName(kind, mayLack !== undefined, waiting)}`,
    );
    return `  ${field}${list.length === 0 ? "" : `(${list.join(", ")})`}: ${typeName(type, optional !== undefined, waiting)}`;
  });
  // Every node has an id; what is left without fields is of no use to us.
  const id =
    isObject && roots[name] === undefined && !lines.some((line) => line.startsWith("  id:")) ? ["  id: ID!"] : [];
  return `${isObject ? "type" : "input"} ${name} {\n${[...id, ...lines].join("\n")}\n}`;
}

/** `[Issue!]!` of `Array<Issue>`. */
function typeName(type: string, optional: boolean, waiting: string[]): string {
  const [, maybe] = /^(?:Input)?Maybe<(.*)>$/.exec(type) ?? [];
  if (maybe !== undefined) return typeName(maybe, true, waiting);
  const [, item] = /^Array<(.*)>$/.exec(type) ?? [];
  const end = optional ? "" : "!";
  if (item !== undefined) return `[${typeName(item, false, waiting)}]${end}`;
  const name = /^Scalars\["(\w+)"\]$/.exec(type)?.[1] ?? (/^\w+$/.test(type) ? type : "Opaque");
  waiting.push(name);
  return name + end;
}
