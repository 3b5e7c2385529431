// Sends one message: looks the name up, checks every address, connects to these and no other. Follows nothing, keeps nothing of the answer.
import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AllowList } from './addresses.ts';
import { checkAddresses, checkUrl, nameHost } from './check-url.ts';

export interface Answer {
  readonly status: number;
  /** What the receiver asks to wait, in seconds. */
  readonly retryAfter: number | null;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface SenderOptions {
  readonly allow: AllowList;
  /** The addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
  /** Certificates to trust beside those of Node. */
  readonly ca?: string;
}

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @throws Fault webhook_url_refused; Error of DNS, TLS or the network; the reason of `signal` */
export type Send = (outgoing: Outgoing, signal: AbortSignal) => Promise<Answer>;

/** More of an answer's body is not waited for. */
const MAX_ANSWER_BYTES = 65_536;

export function makeSender({ allow, resolve = resolveAll, ca }: SenderOptions): Send {
  return async (outgoing, signal) => {
    const url = checkUrl(outgoing.url, allow);
    const host = nameHost(url);
    const family = isIP(host);
    // Of a literal nothing is looked up, and checkUrl has seen it.
    const addresses = family === 0 ? await untilAborted(resolve(host), signal) : [{ address: host, family }];
    checkAddresses(
      url,
      addresses.map(({ address }) => address),
      allow,
    );
    return post(url, outgoing, addresses, { signal, ...(ca === undefined ? {} : { ca }) });
  };
}

const resolveAll = (host: string): Promise<Address[]> => lookup(host, { all: true });

/** DNS cannot be called off; its answer is then not waited for. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function post(
  url: URL,
  { headers, body }: Outgoing,
  addresses: readonly Address[],
  options: { readonly signal: AbortSignal; readonly ca?: string },
): Promise<Answer> {
  const secure = url.protocol === 'https:';
  // Of its own, so that neither a kept connection nor a proxy of the environment can lead elsewhere.
  const agent = secure ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false });
  return new Promise<Answer>((resolve, reject) => {
    const request = (secure ? https : http).request(url, {
      ...options,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
      lookup: pin(addresses),
    });
    let answer: Answer | undefined;
    // Whatever happens after the head of an answer, there was one.
    const end = (error: unknown) => (answer === undefined ? reject(error) : resolve(answer));
    request.once('error', (error) => end(options.signal.aborted ? options.signal.reason : error));
    request.once('close', () => end(new Error('the connection was closed without an answer')));
    request.once('response', (response) => {
      answer = { status: response.statusCode ?? 0, retryAfter: readRetryAfter(response.headers['retry-after']) };
      drain(response);
    });
    request.end(body);
  }).finally(() => agent.destroy());
}

/** Answers every question for an address with those that were checked. */
function pin(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(new Error('the name has no address'), '');
    else if (all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** Lets the receiver finish, within bounds; what comes is thrown away. */
function drain(response: http.IncomingMessage): void {
  let bytes = 0;
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => undefined);
}

/** Seconds, or a date. */
function readRetryAfter(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}
