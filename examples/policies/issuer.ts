// SPDX-License-Identifier: Apache-2.0
// `node issuer.ts PORT`: an OpenID provider that issues opaque tokens, revokes them, and says of each what it is worth.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/** What tokens are for. */
const AUDIENCE = 'urn:example:orders';

const port = Number(process.argv[2]);
const url = `http://127.0.0.1:${port}`;
const provider = new Provider(url, {
  clients: [
    {
      client_id: 'app',
      client_secret: 'example-secret-of-app',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
    { client_id: 'weir', client_secret: 'example-secret-of-weir', grant_types: [], redirect_uris: [], response_types: [] },
  ],
  scopes: ['orders.read', 'orders.write'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    revocation: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (_context, client) => client.clientId === 'weir' },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      getResourceServerInfo: () => ({
        scope: 'orders.read orders.write',
        audience: AUDIENCE,
        accessTokenFormat: 'opaque',
        accessTokenTTL: 600,
      }),
    },
  },
});
const answer = provider.callback();
createServer((request, response) => void answer(request, response)).listen(port, '127.0.0.1', () => {
  console.log(`the issuer listens on ${url}/`);
});
