import { html, jsonScript, type Markup, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

export interface PageParts {
  readonly title: string;
  readonly header: Markup;
  readonly main: readonly Markup[];
  readonly footer: Markup;
  /** A copy of what the page shows, for programs. */
  readonly data: unknown;
}

/** No script may run and nothing may be loaded, even if an escape were forgotten: the policy says so to the browser. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** A whole document in one file. It asks for nothing else and works from a file:// address. */
export const pageShell = ({ title, header, main, footer, data }: PageParts): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the answers</a>
<header>
${header}</header>
<main id="main">
${main}</main>
<footer>
${footer}</footer>
${jsonScript("report-data", data)}
</body>
</html>
`.toString();
