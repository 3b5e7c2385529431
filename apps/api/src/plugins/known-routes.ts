// Remembers which methods each address takes, so that a wrong method is told from a wrong address. Routes nothing.
import type { FastifyInstance } from 'fastify';

export type KnownRoutes = Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>;

/** Begins to note the routes that are added to `app` from now on. */
export function noteRoutes(app: FastifyInstance): KnownRoutes {
  const routes: KnownRoutes = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const known = routes.get(url) ?? { pattern: makePattern(url), methods: new Set<string>() };
    for (const name of [method].flat()) known.methods.add(name);
    routes.set(url, known);
  });
  return routes;
}

/** The methods that `path` takes, sorted; none when there is no such address. */
export function findAllowedMethods(routes: KnownRoutes, path: string): string[] {
  const found = [...routes.values()].filter((route) => route.pattern.test(path));
  return [...new Set(found.flatMap((route) => [...route.methods]))].sort();
}

function makePattern(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : escapePattern(part)));
  return new RegExp(`^${parts.join('/')}$`);
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
