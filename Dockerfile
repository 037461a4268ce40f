# One image, three roles: docker-compose.yml says which. Its base is any Debian with Node 24 or newer.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS packages
# A registry of your own, where npm's is out of reach.
ARG NPM_CONFIG_REGISTRY
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY bots/matrix/no-crypto bots/matrix/no-crypto
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM ${BASE}
WORKDIR /app
# npm brings Node for the image of sandboxes; all that may be written to is /tmp and DECKHAND_HOME.
ENV NODE_ENV=production DECKHAND_HOME=/var/lib/deckhand DECKHAND_DOCKER_INSTALL=false NPM_CONFIG_CACHE=/tmp/npm
COPY --from=packages /app/node_modules node_modules
COPY . .
# The database's client is made here: nothing is written below /app later.
RUN node -e "import('/app/bin/setup/prisma-client.ts').then((made) => made.generatePrismaClient())" \
 && mkdir -p /var/lib/deckhand && chown 65500:65500 /var/lib/deckhand
USER 65500:65500
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "bin/up.ts", "--role"]
CMD ["bots"]
