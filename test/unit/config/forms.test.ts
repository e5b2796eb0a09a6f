import { expect, test } from "bun:test";
import { hasForm, type TextForm } from "../../../src/config/forms.ts";

interface Examples {
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

const home = "$\u007bHOME}";

const forms: Readonly<Record<TextForm, Examples>> = {
  place: {
    right: ["/", "/srv/x", "~", "~/x y", "$HOME", "$HOME/x", home, `${home}/x`, "x", "../x", "a$b/~", "é"],
    wrong: ["", " ", "~nacho", "~nacho/x", "$HOMER", "$XDG_DATA_HOME/x", "$\u007bHOME", `${home}x`, "a\nb", "a\0b"],
  },
  "place or nothing": { right: ["", "~/x"], wrong: [" ", "~nacho"] },
  "memory size or nothing": {
    right: ["", "64M", "1.5G", "512MiB", "4gb", "10000000"],
    wrong: [" ", "64", "-1G", "G", "1X", "3M", "1e9"],
  },
  "size or nothing": {
    right: ["", "64M", "1.5G", "512MiB", "4gb", "10000000"],
    wrong: [" ", "64", "-1G", "G", "1X", "3M", "1e9"],
  },
  "cores or nothing": { right: ["", "1", "0.5", "16"], wrong: [" ", "0", "0.001", "-1", "50%", "two"] },
  mount: {
    right: ["/srv/x", "~/x", "~/x:rw", "$HOME/x:ro"],
    wrong: ["", "x", "../x", "~nacho/x", "/a:/b", "/a:rx", "/a\nb"],
  },
  "path in a repository": {
    right: [".env", "./.env", "config/master.key", "node_modules/", "a//b", "*.key", ".gitignore", "..env", "~x", "$x"],
    wrong: [
      "",
      ".",
      "./",
      "/",
      "/etc/passwd",
      "~",
      "~/x",
      "..",
      "../x",
      "a/../../x",
      "a/..",
      ".git",
      ".GIT/config",
      "a/.git/b",
      "a\0b",
    ],
  },
  "session prefix": {
    right: ["", "ai_", "A-9", "a".repeat(32)],
    wrong: ["a".repeat(33), "a b", "a:", "a.", "é", "a\n"],
  },
  "tmux socket": {
    right: ["", "fleet", "a.b_c-1", "/tmp/x.sock", "~/x", "$HOME/x", `${home}/x`],
    wrong: [" ", "a/b", "./x", "..", "~", "~x", "$HOME", "-x", "a b", "a\n"],
  },
  "ssh destination": {
    right: ["gpu1", "me@gpu1", "-p 2222 me@gpu1", "-F '/a b/config' node1"],
    wrong: ["", " ", "-p 2222 -v", "me@'gpu1", "a\nb"],
  },
  "host name": { right: ["gpu1", "lab-3.b_c"], wrong: ["", "-x", "gpu:1", "a b", "a/b"] },
  "agent name": {
    right: ["claude", "codecs", "qwen-3.5", "9", "a_b", "a".repeat(64)],
    wrong: ["", "-x", ".x", "claude:2", "a,b", "a b", "a/b", "é", "a".repeat(65)],
  },
  revision: {
    right: ["HEAD", "HEAD~1", "origin/main", "v1.0^{commit}", "@{u}", "1a2b3c4"],
    wrong: ["", "-x", "a b", "a\n"],
  },
  command: { right: ["make", "[ -f x ] && make", "line\nline", "é"], wrong: ["", " ", "\n", "a\0b"] },
  host: {
    right: ["github.example.com", "localhost:8080", "10.0.0.1", "a"],
    wrong: ["", " ", "https://github.example.com", "git@host", "host/path", "host:", "-x", "Host", "host:123456"],
  },
  address: {
    right: ["https://example.atlassian.net", "https://a.example/jira", "http://localhost:8080/x", "http://127.0.0.1"],
    wrong: [
      "",
      "http://a.example",
      "a.example",
      "https://me:secret@a.example",
      "https://a.example/?x",
      "ftp://a",
      "https://",
    ],
  },
  person: {
    right: ["github:583231", "github-app:15368", "linear:b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba", "jira:5b10:ac8d-1"],
    wrong: ["", "583231", "github:ann", "linear:", "github:1 2", "gitlab:1"],
  },
  "host pattern": {
    right: ["a.example", "*.a.example", "a:8443", "[::1]:80"],
    wrong: ["", "*", "a.*", "a:0", "http://a"],
  },
  "image or nothing": { right: ["", "ghcr.io/a/b:1", "a@sha256:0f"], wrong: [" ", "-a", "a b", "--privileged"] },
  "address or nothing": { right: ["", "https://a.example"], wrong: [" ", "http://a.example"] },
  "key prefix": { right: ["ENG", "a1_B"], wrong: ["", "ENG-", "1A", "A B", "x".repeat(21)] },
  "ticket branch": {
    right: ["{key}", "agents/{number}-{slug}", "{key}-{slug}"],
    wrong: ["", "{slug}", "-{key}", "a {key}", "{key", "{key}\n"],
  },
  text: { right: ["", "a b", "line\nline"], wrong: ["a\0b"] },
  "budget or nothing": {
    right: ["", "5 USD", "$5", "0.50usd", "2M tokens", "500k", "1 token", "1.5g"],
    wrong: ["5", "0 USD", "-1 USD", "$2M", "5 EUR", "USD", "five USD", "1e3 USD"],
  },
  model: { right: ["qwen-3.5", "us.anthropic.claude:0", "a b"], wrong: ["", " ", "a\nb"] },
  "command or nothing": { right: ["", "make"], wrong: [" ", "a\0b"] },
  "variable name": {
    right: ["PATH", "_x", "A1"],
    wrong: ["", "1A", "A-B", "A=B", "A B"],
  },
  word: { right: ["--message", "-m", "x=y"], wrong: ["", "a b", "a\tb", "a\0b"] },
};

for (const [form, { right, wrong }] of Object.entries(forms) as [TextForm, Examples][]) {
  for (const [texts, verdict] of [[right, true] as const, [wrong, false] as const]) {
    for (const text of texts) {
      test(`${JSON.stringify(text)} is ${verdict ? "a" : "no"} ${form}`, () => {
        expect(hasForm(form, text)).toBe(verdict);
      });
    }
  }
}
