// Writes multipart bodies by hand, broken ones too.
const BOUNDARY = 'x-test-boundary';

export type Part = { name: string; value: string | Buffer; filename?: string };

export function makeForm(parts: Part[], { whole = true } = {}): { payload: Buffer; headers: Record<string, string> } {
  const chunks = parts.flatMap(({ name, value, filename }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`,
    '\r\n\r\n',
    value,
    '\r\n',
  ]);
  const payload = Buffer.concat(
    [...chunks, ...(whole ? [`--${BOUNDARY}--\r\n`] : [])].map((chunk) => Buffer.from(chunk)),
  );
  return { payload, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } };
}
