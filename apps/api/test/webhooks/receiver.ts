// A server on loopback that receives webhooks, and checks what it gets as its owner would: with an implementation of its own.
import { createHmac, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly signatures: readonly string[];
  readonly timestamp: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly method: string;
  readonly path: string;
  readonly text: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

export type Answer = (received: Received, response: http.ServerResponse, count: number) => void;

export interface Receiver {
  readonly port: number;
  /** http://127.0.0.1:port/hook */
  readonly url: string;
  readonly received: Received[];
  /** How requests are answered from now on; 204 at first. */
  answer: Answer;
  close(): Promise<void>;
}

export const withStatus =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end('said something');
  };

export async function startReceiver(tls?: { readonly key: string; readonly cert: string }): Promise<Receiver> {
  const received: Received[] = [];
  const onRequest: http.RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString();
      const one: Received = {
        id: String(request.headers['webhook-id']),
        timestamp: String(request.headers['webhook-timestamp']),
        signatures: String(request.headers['webhook-signature']).split(' '),
        headers: request.headers,
        method: request.method ?? '',
        path: request.url ?? '',
        text,
        body: JSON.parse(text) as Received['body'],
      };
      received.push(one);
      receiver.answer(one, response, received.length);
    });
  };
  const server = tls === undefined ? http.createServer(onRequest) : https.createServer(tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/hook`,
    received,
    answer: withStatus(204),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}

/** Whether one of the signatures is by this secret, and of this minute. */
export function isSigned({ id, timestamp, text, signatures }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const wanted = createHmac('sha256', key).update([id, timestamp, text].join('.')).digest();
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 60;
  return (
    isFresh &&
    signatures.some((one) => {
      const [version, given = ''] = one.split(',');
      const bytes = Buffer.from(given, 'base64');
      return version === 'v1' && bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
    })
  );
}
