/**
 * The text without the control characters that terminals and agents act on, and with every line end as LF. Tabs and line ends
 * stay. Claude Code strips the same bytes itself ("Removed 4 invisible characters"); in a paste an ESC would end it early.
 */
export function withoutControlCharacters(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "");
}
