// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createTestSigner, findFreePorts } from '@weir/testing';
import type { TestSigner } from '@weir/testing';
import Provider from 'oidc-provider';
import type { Configuration, JWKS } from 'oidc-provider';

/** Who tokens are for. */
export const AUDIENCE = 'urn:shop';
export const CLIENT_ID = 'acme';
const CLIENT_SECRET = 'a-secret-of-the-client';
const SCOPE = 'orders';

/** What answers where the keys are, in place of the provider. */
export type KeyScript = RequestListener;

/** A real OpenID provider whose keys can be changed, and which can be away, be slow, or lie about its keys. */
export class TokenIssuer implements AsyncDisposable {
  readonly url: string;
  /** In the order in which they came; the last one signs. */
  private signers: readonly TestSigner[] = [createTestSigner('RS256', 'key-1')];
  private provider: RequestListener = () => undefined;
  private keyScript: KeyScript | undefined = undefined;
  private server: Server | undefined = undefined;
  private readonly port: number;
  private keyFetches = 0;

  private constructor(port: number) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.renewProvider();
  }

  /** Listens, unless it is to be away at first. */
  static async open({ isAway = false } = {}): Promise<TokenIssuer> {
    const [port = 0] = await findFreePorts(1);
    const issuer = new TokenIssuer(port);
    if (!isAway) await issuer.start();
    return issuer;
  }

  get keysUrl(): string {
    return `${this.url}/jwks`;
  }

  get keyFetchCount(): number {
    return this.keyFetches;
  }

  async start(): Promise<void> {
    const server = createServer((message, response) => {
      const isKeys = message.url === '/jwks';
      if (isKeys) this.keyFetches += 1;
      const answer = isKeys ? (this.keyScript ?? this.provider) : this.provider;
      answer(message, response);
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
  }

  /** From now on nobody answers. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Undefined = the provider itself. */
  answerKeysWith(script: KeyScript | undefined): void {
    this.keyScript = script;
  }

  /** Signs with a new key from now on, and publishes the others still. */
  addKey(): void {
    this.signers = [...this.signers, createTestSigner('RS256', `key-${this.signers.length + 1}`)];
    this.renewProvider();
  }

  /** Publishes the newest key only. */
  withdrawOldKeys(): void {
    this.signers = this.signers.slice(-1);
    this.renewProvider();
  }

  /** A token of the client's, as the provider gives it out. */
  async token(): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPE, resource: AUDIENCE }),
    });
    const body = (await response.json()) as { readonly access_token?: string };
    if (body.access_token === undefined) throw new Error(`the issuer gave no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** A token that it would not give out, signed with its key. */
  sign(changes: object): string {
    const claims = { iss: this.url, aud: AUDIENCE, sub: CLIENT_ID, scope: SCOPE, exp: nowSeconds() + 3600 };
    return this.signers.at(-1)!.sign({ ...claims, ...changes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private renewProvider(): void {
    const provider = new Provider(this.url, configurationOf(this.signers.toReversed()));
    const answer = provider.callback();
    this.provider = (message, response) => void answer(message, response);
  }
}

/** The first key signs. */
function configurationOf(signers: readonly TestSigner[]): Configuration {
  return {
    jwks: { keys: signers.map(privateJwk) },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: SCOPE,
      },
    ],
    scopes: [SCOPE],
    ttl: { ClientCredentials: 3600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: AUDIENCE,
          accessTokenTTL: 3600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

function privateJwk({ key, keyId, algorithm }: TestSigner): JWKS['keys'][number] {
  if (Buffer.isBuffer(key)) throw new TypeError('a secret signs nothing that is published');
  return { ...key.export({ format: 'jwk' }), kid: keyId, alg: algorithm, use: 'sig' };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
