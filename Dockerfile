# Holdfast in a container: built in one stage, run in another without compiler, tests or development packages.
# The version is pinned to the one that the tests run on; update it together with the table in README.md.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --include=dev --no-audit --no-fund
COPY .swcrc ./
COPY scripts ./scripts
COPY src ./src
RUN node scripts/build.mjs

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY migrations ./migrations
COPY models ./models
COPY samples ./samples
COPY web ./web
COPY deploy/health.mjs ./deploy/health.mjs
# Only the embedded store and retrained models are written, and only there.
RUN mkdir data && chown node:node data
VOLUME /app/data
USER node
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["node", "deploy/health.mjs"]
CMD ["node", "dist/cli.js", "serve"]
