// SPDX-License-Identifier: Apache-2.0
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { LeafKeeper, parseJoinText, parseShortName, peerCheck } from '@weir/identity';
import type { Certified, SpiffeId } from '@weir/identity';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { connectOverTls, SyncClient } from '@weir/sync/client';
import type { ControlPlaneAddress, Rejection } from '@weir/sync/client';
import { IdentityService, SyncService } from '@weir/sync/messages';
import type { Root } from '@weir/sync/messages';

/** For tests: a proxy without an engine. It joins, keeps its leaf, subscribes, and takes everything but what it is told to refuse. */

export interface TestProxyOptions {
  readonly port: number;
  readonly identity: string;
  readonly joinText: string;
  /** PEM of the mesh's root; a real proxy finds it by the fingerprint in its join text. */
  readonly rootPem: string;
  readonly roots: readonly Root[];
  readonly addresses?: readonly string[];
  readonly name?: string;
}

type Tls = ReturnType<ControlPlaneAddress['tls']>;

const TRUST_DOMAIN = 'weir.local';

export class TestProxy implements AsyncDisposable {
  readonly running = new Map<ResourceName, Resource>();
  readonly failures: string[] = [];
  readonly ends: string[] = [];
  /** Text of resources that are refused; '' = none. */
  refuses = '';
  readonly keeper: LeafKeeper;
  readonly client: SyncClient;
  private readonly options: TestProxyOptions;
  private readonly url: string;
  private readonly joined = Promise.withResolvers<undefined>();

  constructor(options: TestProxyOptions) {
    this.options = options;
    this.url = `https://127.0.0.1:${options.port}`;
    const random = createSystemRandom();
    this.keeper = new LeafKeeper({
      trustDomain: TRUST_DOMAIN,
      expected: identityOf(options.identity),
      clock: systemClock,
      random,
      certify: requestPem => this.certify(requestPem),
      onChange: () => this.joined.resolve(undefined),
      onFailure: reason => void this.failures.push(reason),
    });
    this.client = new SyncClient({
      proxy: options.name ?? 'one',
      roots: options.roots,
      clock: systemClock,
      random,
      connect: connectOverTls({ url: this.url, tls: () => this.mutualTls() }),
      configuration: { apply: transaction => Promise.resolve(this.apply(transaction)) },
      file: undefined,
      onEnd: ({ detail }) => void this.ends.push(detail),
    });
  }

  /** Joins and connects; resolves when it has a leaf. */
  async start(): Promise<void> {
    await this.keeper.start();
    await this.joined.promise;
    await this.client.start();
  }

  /** Once, with the certificate that it has, else with the token of its join text. */
  async certify(requestPem: string, joinText = this.options.joinText): Promise<Certified> {
    const isRenewal = this.keeper.leaf() !== undefined;
    const token = parseJoinText(joinText);
    const proof = isRenewal || !token.isValid ? { case: undefined } : ({ case: 'joinToken', value: token.value.token } as const);
    const tls = isRenewal ? this.mutualTls() : this.pinnedTls();
    return certifyOver({ url: this.url, tls }, { proof, csrPem: requestPem, addresses: [...(this.options.addresses ?? [])] });
  }

  /** A call over a connection of its own; fails where either side does not believe the other one. */
  async ask(root: Root): Promise<void> {
    const sessionManager = new Http2SessionManager(this.url, {}, { ...this.mutualTls(), minVersion: 'TLSv1.3' });
    try {
      await createClient(SyncService, createGrpcTransport({ baseUrl: this.url, sessionManager })).get({ root });
    } finally {
      sessionManager.abort();
    }
  }

  mutualTls(): Tls {
    const leaf = this.keeper.leaf();
    const bundle = this.keeper.bundle();
    if (leaf === undefined || bundle === undefined) return this.pinnedTls();
    const { credential } = leaf;
    return { ...this.pinnedTls(), cert: credential.chainPem, key: credential.exposeKeyPem(), ca: bundle.rootsPem };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.keeper.stop();
    await this.client.close();
  }

  private pinnedTls(): Tls {
    const expected = identityOf('weir-system/control-plane');
    return {
      ca: this.options.rootPem,
      servername: 'control-plane.weir',
      checkServerIdentity: peerCheck({ trustDomain: TRUST_DOMAIN, expected }),
    };
  }

  private apply({ upserts, removes }: Transaction): readonly Rejection[] {
    const refused = upserts.filter(one => this.refuses !== '' && JSON.stringify(one).includes(this.refuses));
    if (refused.length > 0) return refused.map(({ name }) => ({ resource: name, reason: 'the test refuses it' }));
    for (const name of removes) this.running.delete(name);
    for (const resource of upserts) this.running.set(resource.name, resource);
    const trust = upserts.find(({ name }) => name === MESH_TRUST);
    if (trust?.kind === 'trustBundle' && trust.mesh !== undefined) {
      this.keeper.setBundle({ ...trust.mesh, rootsPem: trust.authoritiesPem });
    }
    return [];
  }
}

export interface WireQuestion {
  readonly proof: { readonly case: undefined } | { readonly case: 'joinToken'; readonly value: string };
  readonly csrPem: string;
  readonly addresses: string[];
}

/** One call of Certify. */
export async function certifyOver({ url, tls }: { url: string; tls: Tls }, question: WireQuestion): Promise<Certified> {
  const sessionManager = new Http2SessionManager(url, {}, { ...tls, minVersion: 'TLSv1.3' });
  const transport = createGrpcTransport({ baseUrl: url, sessionManager, acceptCompression: [] });
  try {
    const { chainPem, trustBundle } = await createClient(IdentityService, transport).certify(question);
    if (trustBundle === undefined) throw new Error('there is no trust bundle in the answer');
    const { trustDomain, sequence, rootsPem, issuingRoot } = trustBundle;
    return { chainPem, bundle: { trustDomain, sequence: Number(sequence), rootsPem, issuingRoot } };
  } finally {
    sessionManager.abort();
  }
}

function identityOf(text: string): SpiffeId {
  const id = parseShortName(text, TRUST_DOMAIN);
  if (!id.isValid) throw new Error(id.reason);
  return id.value;
}
