// Decides whether a webhook may have this URL, and may reach these addresses. Asks no DNS.
import { isIP } from 'node:net';
import { Fault } from '@cei-inoe/shared/errors';
import { type AllowList, isInRanges, isPublic } from './addresses.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** An IPv6 literal without the brackets it has in a URL. */
export const nameHost = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const isNamed = (url: URL, allow: AllowList): boolean =>
  allow.hosts.has(`${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`);

/**
 * The URL, as WHATWG reads it: odd forms of an address (`0x7f.1`, `2130706433`) become plain ones first.
 * @throws Fault webhook_url_refused
 */
export function checkUrl(text: string, allow: AllowList): URL {
  if (!URL.canParse(text)) throw refuseUrl('cannot be read as a URL');
  const url = new URL(text);
  const isKnown = isNamed(url, allow);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isKnown)) {
    throw refuseUrl('must begin with https://; http only for hosts that WEBHOOK_ALLOW names');
  }
  if (url.username !== '' || url.password !== '') throw refuseUrl('must not have a user or password in it');
  if (url.hash !== '') throw refuseUrl('must not have a # part');
  const host = nameHost(url);
  if (isIP(host) !== 0) checkAddresses(url, [host], allow);
  return url;
}

/** One address that is not allowed is enough: an answer of DNS that mixes them is meant to deceive. @throws Fault webhook_url_refused */
export function checkAddresses(url: URL, addresses: readonly string[], allow: AllowList): void {
  if (isNamed(url, allow)) return;
  const closed = addresses.find((address) => !isPublic(address) && !isInRanges(allow, address));
  if (closed !== undefined) throw refuseUrl(`leads to ${closed}, which is no public address`);
}

const refuseUrl = (message: string) =>
  new Fault('webhook_url_refused', `The URL ${message}.`, { errors: [{ field: 'url', message }] });
