// Which addresses a webhook may reach: those of the public internet, and what WEBHOOK_ALLOW names. Resolves nothing.
import { BlockList, isIP } from 'node:net';
import type { z } from 'zod';

/** What an operator allows beside the public internet. */
export interface AllowList {
  /** `name:port`: may be reached by http, too, and at any address. */
  readonly hosts: ReadonlySet<string>;
  readonly ranges: BlockList;
}

export const ALLOW_NOTHING: AllowList = { hosts: new Set(), ranges: new BlockList() };

/** Ranges that are not "globally reachable". Source: IANA IPv4 Special-Purpose Address Registry; multicast and what is reserved besides. */
const CLOSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/**
 * Public IPv6 is 2000::/3 alone, so that loopback, ULA, link-local, multicast, IPv4-mapped and NAT64 addresses are outside; within it these
 * are closed: Teredo and other protocols, documentation, 6to4. Source: IANA IPv6 Special-Purpose Address Registry.
 */
const OPEN_V6 = '2000::/3';
const CLOSED_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

const makeRanges = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
};

/** @throws RangeError and the like for what is no CIDR */
function addRange(list: BlockList, range: string): void {
  const [address = '', bits = ''] = range.split('/');
  list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const closedV4 = makeRanges(CLOSED_V4);
const closedV6 = makeRanges(CLOSED_V6);
const openV6 = makeRanges([OPEN_V6]);

/** Whether anybody on the internet could reach `address`, an IPv4 or IPv6 literal. Whatever else it is, it is not public. */
export function isPublic(address: string): boolean {
  // An address with a zone (fe80::1%eth0) is local to a link.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !closedV4.check(address, 'ipv4');
  return family === 6 && openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6');
}

export const isInRanges = ({ ranges }: AllowList, address: string): boolean =>
  isIP(address) !== 0 && !address.includes('%') && ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i;

/** Reads `hooks.lan:8080, 192.168.7.0/24`. @throws the parts that are neither, as zod tells them */
export function readAllowList(text: string, context: z.RefinementCtx): AllowList {
  const hosts = new Set<string>();
  const ranges = new BlockList();
  for (const part of text.split(',').flatMap((one) => one.trim() || [])) {
    if (!readPart(part, hosts, ranges)) {
      const message = `"${part}" is neither host:port (hooks.lan:8080) nor a range of addresses (192.168.7.0/24)`;
      context.addIssue({ code: 'custom', message });
    }
  }
  return { hosts, ranges };
}

function readPart(part: string, hosts: Set<string>, ranges: BlockList): boolean {
  const [, host, port] = HOST_AND_PORT.exec(part) ?? [];
  if (host !== undefined && URL.canParse(`http://${host}:${port}`)) {
    hosts.add(`${new URL(`http://${host}`).hostname}:${Number(port)}`);
    return true;
  }
  const [, address = '', bits = ''] = /^([0-9a-f:.]+)\/(\d{1,3})$/i.exec(part) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return false;
  addRange(ranges, part);
  return true;
}
