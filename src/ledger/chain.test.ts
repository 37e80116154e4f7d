import { expect, test } from "vitest";
import { GENESIS, hex, linkOf } from "./chain.ts";

test("links are what another program computes from the description", () => {
  // python3: hashlib.sha256(b"frugal.ledger/1\n" + bytes(32) + struct.pack(">Q", 1) + b'{"a":1}'), then the next with 2 and b"{}".
  const first = linkOf(GENESIS, 1, Buffer.from('{"a":1}'));
  expect(hex(first)).toBe("ee2342c2f0de21a20febe8ee3235d15fd8d1970942474e22b478445e336f7fb9");
  expect(hex(linkOf(first, 2, Buffer.from("{}")))).toBe(
    "16a1d86753d511aad7c1411d40be8fdeaab02e1585c3327b2449194091eea381",
  );
});

test("a link depends on the link before, the place and each byte", () => {
  const body = Buffer.from("{}");
  const links = [
    linkOf(GENESIS, 1, body),
    linkOf(GENESIS, 2, body),
    linkOf(new Uint8Array(32).fill(1), 1, body),
    linkOf(GENESIS, 1, Buffer.from("[]")),
  ];
  expect(new Set(links.map(hex)).size).toBe(links.length);
});
