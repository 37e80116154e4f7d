import fc from "fast-check";
import { expect, test } from "vitest";
import { mailText } from "./mail-text.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const mail = (headers: readonly string[], body: string): string =>
  mailText(bytes([...headers, "", body].join("\r\n")));

test("headers are left out: delivery, subject, verdicts and folded lines alike", () => {
  const text = mail(
    [
      "From someone@example.org  Thu Aug 22 14:44:07 2002",
      "Received: from a (a [10.0.0.1])",
      "\tby b with SMTP",
      "Subject: Cheap pills",
      "X-Spam-Status: Yes, hits=12.1",
    ],
    "Hello,\r\n\r\nsee you tomorrow.",
  );
  expect(text).toBe("Hello,\n\nsee you tomorrow.");
});

test.each([
  ["quoted-printable", "caf=E9 and a soft=\r\n break=20", "iso-8859-1", "café and a soft break"],
  ["base64", Buffer.from("naïve", "utf8").toString("base64"), "utf-8", "naïve"],
  ["8bit", "\xe4\xf6\xfc", "ISO-8859-1", "äöü"],
  ["QUOTED-PRINTABLE", "=D0=D2=C9", "koi8-r", "при"],
  ["7bit", "plain", "no-such-charset", "plain"],
])("a body in %s is decoded", (encoding, body, charset, text) => {
  const headers = [
    `Content-Type: text/plain; charset="${charset}"`,
    `Content-Transfer-Encoding: ${encoding}`,
  ];
  expect(mail(headers, body)).toBe(text);
});

test("bytes that are not what they say are read as UTF-8 if they are that, else as Western", () => {
  expect(mail(["Content-Type: text/plain; charset=us-ascii"], "\x93quoted\x94 \x80")).toBe("“quoted” €");
  expect(mail([], Buffer.from("schön", "utf8").toString("latin1"))).toBe("schön");
  expect(mail(["Content-Type: text/plain; charset=utf-8"], "sch\xf6n")).toBe("schön");
});

test("HTML is the text that it shows", () => {
  const html =
    "<html><head><title>hidden</title><style>p {color: red}</style></head><body><!-- note -->" +
    "<p>Buy&nbsp;n<b>o</b>w &lt;here&gt; &#8364; 5 &amp; &#x2014;<br>today</p><script>steal()</script></body></html>";
  expect(mail(["Content-Type: text/html"], html)).toBe("Buy now <here> € 5 & —\ntoday");
  expect(mail([], `\n ${html}`)).toBe("Buy now <here> € 5 & —\ntoday");
  expect(mail(["Content-Type: text/html"], "<head>\n<p>an end was forgotten")).toBe("an end was forgotten");
  expect(mail(["Content-Type: text/html"], "&#0;&#xD800;&#99999999;&nosuch;")).toBe("&#99999999;&nosuch;");
});

test("links in plain text are not taken for HTML", () => {
  expect(mail([], "see <http://example.org/> and x < y")).toBe("see <http://example.org/> and x < y");
});

const part = (headers: string, body: string): string => `--b\r\n${headers}\r\n\r\n${body}\r\n`;

test("of alternatives the plain text is read, and HTML where that is empty", () => {
  const headers = ['Content-Type: multipart/alternative; boundary="b"'];
  const html = part("Content-Type: text/html", "<b>rich</b>");
  expect(mail(headers, `preamble\r\n${part("Content-Type: text/plain", "plain")}${html}--b--\r\nend`)).toBe(
    "plain",
  );
  expect(mail(headers, `${part("Content-Type: text/plain", " ")}${html}--b--`)).toBe("rich");
});

test("mixed parts are read one after the other; attachments, pictures and inner headers are not", () => {
  const headers = ["Content-Type: multipart/mixed;", "\tboundary=b"];
  const body =
    part("Content-Type: text/plain", "first") +
    part('Content-Type: image/png; name="x"\r\nContent-Transfer-Encoding: base64', "iVBORw0KGgo=") +
    part("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt", "attached") +
    part("Content-Type: message/rfc822", "Subject: inner\r\nFrom: x@y\r\n\r\nforwarded");
  expect(mail(headers, `${body}--b--`)).toBe("first\n\nforwarded");
});

test("a part may begin with its body, and the last delimiter may be missing", () => {
  expect(mail(["Content-Type: multipart/mixed; boundary=b"], "--b\r\n\r\nno headers here")).toBe(
    "no headers here",
  );
});

test("a boundary that holds a semicolon or never comes does no harm", () => {
  expect(mail(['Content-Type: multipart/mixed; boundary="a;b"'], "--a;b\r\n\r\ninside\r\n--a;b--")).toBe(
    "inside",
  );
  expect(mail(["Content-Type: multipart/mixed; boundary=zzz"], "all of it")).toBe("all of it");
  expect(mail(["Content-Type: multipart/mixed"], "all of it")).toBe("all of it");
});

test("nesting without end ends", () => {
  let body = "deep";
  for (let depth = 0; depth < 50; depth++) {
    body = `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n${body}\n--b${depth}--`;
  }
  expect(mailText(bytes(body))).toBe("");
});

test("whatever bytes come, text comes out, without a carriage return", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (noise, multipart) => {
      const head = multipart ? "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" : "";
      const text = mailText(Buffer.concat([bytes(head), noise]));
      expect(text).not.toMatch(/\p{Surrogate}/u);
      expect(text).not.toContain("\r");
      expect(text).toBe(text.trim());
    }),
  );
});
