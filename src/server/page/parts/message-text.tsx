import type { ComponentChildren } from "preact";
import { shown } from "../words.ts";

/**
 * What an agent or a person said: fenced code as a block, `code` and **bold** as such, everything else as it was written. There is never
 * markup in it: each piece becomes a text of the document.
 */
export function MessageText({ text }: { readonly text: string }) {
  return <>{blocks(shown(text))}</>;
}

function blocks(text: string): ComponentChildren[] {
  const pieces = text.split(/^ {0,3}```[^\n`]*\n([\s\S]*?)(?:^ {0,3}```[ \t]*$|(?![\s\S]))/m);
  return pieces.flatMap((piece, index) => {
    if (index % 2 === 1) return [<pre key={index}>{piece.replace(/\n$/, "")}</pre>];
    const words = piece.replace(/^\n+|\n+$/g, "");
    return words === "" ? [] : [<p key={index}>{inline(words)}</p>];
  });
}

function inline(text: string): ComponentChildren[] {
  return text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    return piece.startsWith("`") ? (
      <code key={index}>{piece.slice(1, -1)}</code>
    ) : (
      <strong key={index}>{piece.slice(2, -2)}</strong>
    );
  });
}
