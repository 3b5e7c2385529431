// Tells names of this machine from all others. Looks nothing up.

/** Whether a host name or address (without port; IPv6 with or without brackets) means this machine only. */
export function isLoopback(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  return name === 'localhost' || name === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/** The host of a `Host` header without its port; '' when there is none. */
export function readHostName(header: string | undefined): string {
  const match = /^(\[[0-9a-f:.]+\]|[^:]*)(?::\d{1,5})?$/i.exec(header ?? '');
  return match?.[1] ?? '';
}
