import { expect, test } from "bun:test";
import { adfToMarkdown, markdownToAdf } from "../../../src/trackers/jira/adf.ts";
import { markdownToWiki, wikiToMarkdown } from "../../../src/trackers/jira/wiki.ts";
import adf from "../../fixtures/trackers/adf.json";
import { schemaProblems } from "../../helpers/json-schema.ts";

const text = (words: string, ...marks: object[]) => ({
  type: "text",
  text: words,
  ...(marks.length === 0 ? {} : { marks }),
});
const paragraph = (...content: object[]) => ({ type: "paragraph", content });
const item = (...content: object[]) => ({ type: "listItem", content });
const mark = (type: string, attrs?: object) => ({ type, ...(attrs === undefined ? {} : { attrs }) });

const examples: readonly (readonly [title: string, nodes: readonly object[], markdown: string])[] = [
  ["headings", [{ type: "heading", attrs: { level: 2 }, content: [text("Steps")] }], "## Steps"],
  [
    "marks",
    [
      paragraph(
        text("so "),
        text("bold ", mark("strong")),
        text("x", mark("em")),
        text(" "),
        text("a`b", mark("code")),
        text("old", mark("strike")),
      ),
    ],
    "so **bold** *x* ``` a`b ```~~old~~".replace("```", "``").replace("```", "``"),
  ],
  [
    "links",
    [
      paragraph(
        text("here", mark("link", { href: "https://a.example" })),
        text(" "),
        text("https://b.example", mark("link", { href: "https://b.example" })),
      ),
    ],
    "[here](https://a.example) https://b.example",
  ],
  [
    "lists in lists",
    [
      {
        type: "bulletList",
        content: [
          item(paragraph(text("a")), {
            type: "orderedList",
            attrs: { order: 3 },
            content: [item(paragraph(text("b"))), item(paragraph(text("c")))],
          }),
          item(paragraph(text("d"), mark("hardBreak"), text("e"))),
        ],
      },
    ],
    "- a\n  3. b\n  4. c\n- d\n  e",
  ],
  [
    "tasks",
    [
      {
        type: "taskList",
        attrs: { localId: "1" },
        content: [
          { type: "taskItem", attrs: { localId: "2", state: "DONE" }, content: [text("a")] },
          { type: "taskItem", attrs: { localId: "3", state: "TODO" }, content: [text("b")] },
        ],
      },
    ],
    "- [x] a\n- [ ] b",
  ],
  [
    "decisions",
    [
      {
        type: "decisionList",
        attrs: { localId: "1" },
        content: [{ type: "decisionItem", attrs: { localId: "2", state: "DECIDED" }, content: [text("a")] }],
      },
    ],
    "- [x] a",
  ],
  [
    "code",
    [{ type: "codeBlock", attrs: { language: "ruby" }, content: [text("puts 1\n```\n")] }],
    "````ruby\nputs 1\n```\n\n````",
  ],
  ["quotations", [{ type: "blockquote", content: [paragraph(text("a")), paragraph(text("b"))] }], "> a\n>\n> b"],
  [
    "panels",
    [{ type: "panel", attrs: { panelType: "warning" }, content: [paragraph(text("hot"))] }],
    "> **Warning**\n>\n> hot",
  ],
  [
    "tables",
    [
      {
        type: "table",
        content: [
          {
            type: "tableRow",
            content: [
              { type: "tableHeader", content: [paragraph(text("A"))] },
              { type: "tableHeader", content: [paragraph(text("B"))] },
            ],
          },
          {
            type: "tableRow",
            content: [
              { type: "tableCell", content: [paragraph(text("1|2")), paragraph(text("3"))] },
              { type: "tableCell", content: [paragraph()] },
            ],
          },
        ],
      },
    ],
    "| A | B |\n| --- | --- |\n| 1\\|2 3 |  |",
  ],
  [
    "mentions, emoji, dates and states",
    [
      paragraph(
        { type: "mention", attrs: { id: "1", text: "@Ann" } },
        text(" "),
        { type: "emoji", attrs: { shortName: ":x:" } },
        text(" "),
        { type: "date", attrs: { timestamp: "1748736000000" } },
        text(" "),
        { type: "status", attrs: { text: "OPEN", color: "blue" } },
      ),
    ],
    "@Ann :x: 2025-06-01 [OPEN]",
  ],
  [
    "cards",
    [
      paragraph({ type: "inlineCard", attrs: { url: "https://a.example" } }),
      { type: "blockCard", attrs: { url: "https://b.example" } },
    ],
    "https://a.example\n\nhttps://b.example",
  ],
  [
    "media",
    [
      {
        type: "mediaSingle",
        attrs: { layout: "center" },
        content: [{ type: "media", attrs: { type: "file", id: "7", collection: "", alt: "shot.png" } }],
      },
      { type: "rule" },
    ],
    "[attachment shot.png]\n\n---",
  ],
  [
    "what folds",
    [{ type: "expand", attrs: { title: "More" }, content: [paragraph(text("inside"))] }],
    "**More**\n\ninside",
  ],
];

for (const [title, content, markdown] of examples) {
  test(`a document of Jira becomes Markdown: ${title}`, () => {
    const document = { version: 1, type: "doc", content };
    expect(schemaProblems(adf.schema, document)).toEqual([]);
    expect(adfToMarkdown(document)).toBe(markdown);
  });
}

test("no text is lost in any node that Jira's schema has, nor in one that it has not", () => {
  const types = [...JSON.stringify(adf.schema).matchAll(/"type":\{"enum":\["(\w+)"\]\}/g)].map(([, type]) => type);
  expect(types.length).toBeGreaterThan(60);
  for (const type of [...types, "newFangledNode"]) {
    if (["media", "emoji", "status", "date", "mention", "hardBreak", "rule", "placeholder"].includes(`${type}`))
      continue;
    const inner =
      type === "text"
        ? { type, text: "words" }
        : { type, attrs: { url: "words" }, content: [paragraph(text("words"))] };
    expect([type, adfToMarkdown({ type: "doc", content: [inner] }).includes("words")]).toEqual([type, true]);
  }
});

test("what is no document, and what is deeper than any, does no harm", () => {
  expect([undefined, null, 7, "x", [], { content: "x" }, { content: [null, 3] }].map(adfToMarkdown)).toEqual(
    Array(7).fill(""),
  );
  const deep = Array.from({ length: 5000 }).reduce<object>(
    (content) => ({ type: "blockquote", content: [content] }),
    text("x"),
  );
  expect(adfToMarkdown({ type: "doc", content: [deep] }).length).toBeLessThan(10_000);
});

test("what is written back is a document that fits Jira's schema, and reads as it was written", () => {
  const written =
    "fleet is at work on this.\nA second line.\n\n- branch 42-x\n- pull request https://a.example/1\n\nEnd.";
  expect(schemaProblems(adf.schema, markdownToAdf(written))).toEqual([]);
  expect(adfToMarkdown(markdownToAdf(written))).toBe(written);
});

for (const [wiki, markdown] of [
  ["h2. Steps", "## Steps"],
  ["*bold* and _it_ but a*b*c and snake_case_name", "**bold** and *it* but a*b*c and snake_case_name"],
  ["* a\n** b\n# c\n## d", "- a\n  - b\n1. c\n  1. d"],
  ["{code:java|title=x}\nint *a* = 1;\n{code}\nafter", "```java\nint *a* = 1;\n```\n\nafter"],
  ["{noformat}\nh1. kept\n", "```\nh1. kept\n```"],
  ["{quote}\na\nb\n{quote}", "> a\n> b"],
  ["{panel:title=Mind}\nhot\n{panel}", "> **Mind**\n>\n> hot"],
  ["{warning}hot{warning}", "> **Warning**\n>\n> hot"],
  ["||A||B||\n|1|2|", "| A | B |\n| --- | --- |\n|1|2|"],
  [
    "[here|https://a.example] [https://b.example] [~ann] {{code}}",
    "[here](https://a.example) https://b.example @ann `code`",
  ],
  ["!shot.png|thumbnail! wow!", "[attachment shot.png] wow!"],
  ["{color:red}red{color}\n----\nbq. said", "red\n---\n> said"],
] as const) {
  test(`markup of a server of Jira becomes Markdown: ${JSON.stringify(wiki)}`, () => {
    expect(wikiToMarkdown(wiki.replaceAll("\n", "\r\n"))).toBe(markdown);
  });
}

test("what is written back to a server has the lists of its markup", () => {
  expect(markdownToWiki("x\n\n- a - b\n- c")).toBe("x\n\n* a - b\n* c");
});
