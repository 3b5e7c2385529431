// Makes a certificate that signs itself, for a TLS server of a test: Node has no function for it. Writes the DER by hand.
import { createSign, generateKeyPairSync } from 'node:crypto';

const write = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: Buffer[]) => write(0x30, ...parts);
const text = (tag: number, value: string) => write(tag, Buffer.from(value));
const integer = (...bytes: number[]) => write(0x02, Buffer.from(bytes));
const oid = (hex: string) => write(0x06, Buffer.from(hex, 'hex'));
const bits = (body: Buffer) => write(0x03, Buffer.from([0]), body);

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const ALTERNATIVE_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');

/** For the DNS name `name`, valid from 2020 to 2049. @returns PEM; the certificate is its own authority */
export function makeCertificate(name: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const who = sequence(write(0x31, sequence(COMMON_NAME, text(0x0c, name))));
  const always = sequence(text(0x17, '200101000000Z'), text(0x17, '491231235959Z'));
  const extensions = sequence(
    sequence(ALTERNATIVE_NAME, write(0x04, sequence(text(0x82, name)))),
    sequence(BASIC_CONSTRAINTS, write(0x04, sequence(write(0x01, Buffer.from([0xff]))))),
  );
  const content = sequence(
    write(0xa0, integer(2)),
    integer(1),
    ECDSA_WITH_SHA256,
    who,
    always,
    who,
    publicKey.export({ type: 'spki', format: 'der' }),
    write(0xa3, extensions),
  );
  const signature = createSign('sha256').update(content).sign(privateKey);
  const der = sequence(content, ECDSA_WITH_SHA256, bits(signature)).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
  };
}
