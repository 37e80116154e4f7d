/** A certificate that signs itself, made for one test: X.509 version 3 (RFC 5280) in DER, without a tool or a file. */
import { generateKeyPairSync, sign } from "node:crypto";

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
};
const SEQUENCE = 0x30;
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758). */
const ALGORITHM = der(SEQUENCE, der(0x06, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])));
/** commonName, 2.5.4.3. */
const name = (text: string): Buffer =>
  der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, der(0x06, Buffer.from([0x55, 0x04, 0x03])), der(0x0c, Buffer.from(text)))),
  );
const time = (year: number): Buffer => der(0x18, Buffer.from(`${year}0101000000Z`));

export function selfSigned(host: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ALGORITHM,
    name(host),
    der(SEQUENCE, time(2000), time(2999)),
    name(host),
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const base64 = der(SEQUENCE, body, ALGORITHM, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
  };
}
