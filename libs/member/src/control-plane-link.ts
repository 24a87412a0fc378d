// SPDX-License-Identifier: Apache-2.0
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { systemClock } from '@weir/base';
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import { parseJoinText, peerCheck } from '@weir/identity';
import type { Certified, HeldLeaf, JoinText, TrustBundle } from '@weir/identity';
import { connectOverTls } from '@weir/sync/client';
import type { Connect, ControlPlaneAddress } from '@weir/sync/client';
import { IdentityService } from '@weir/sync/messages';
import { fetchPinnedRoot } from './pinned-root.ts';

export interface ControlPlaneLinkOptions {
  readonly at: PortAddress;
  readonly trustDomain: string;
  /** What proves who this is as long as there is no leaf that is valid; undefined = there is nothing. */
  readonly joinText: () => Promise<string | undefined>;
  /** IP addresses at which the workload is reached. */
  readonly addresses: readonly string[];
  leaf(): HeldLeaf | undefined;
  bundle(): TrustBundle | undefined;
}

type ControlPlaneTls = ReturnType<ControlPlaneAddress['tls']>;

const CONNECT_TIMEOUT_MS = 5_000;
/** No name of a host stands in certificates of the mesh; who the control plane is, is checked by its identity. */
const SERVER_NAME = 'control-plane.weir';

/** The way of a proxy to its control plane: to join, to renew its leaf, for its stream, and to be asked. */
export class ControlPlaneLink {
  private readonly options: ControlPlaneLinkOptions;
  private readonly url: string;

  constructor(options: ControlPlaneLinkOptions) {
    this.options = options;
    this.url = `https://${hostPort(options.at.address, options.at.port)}`;
  }

  /** Streams, each with the leaf of its time. */
  get connect(): Connect {
    return connectOverTls(this.address);
  }

  /** Where it is, for who shows the leaf. */
  get address(): ControlPlaneAddress {
    return { url: this.url, tls: () => this.mutualTls() };
  }

  /** Asks for a certificate: by the leaf that there is, else by the join token. */
  readonly certify = async (csrPem: string, signal: AbortSignal): Promise<Certified> => {
    const join = this.hasValidLeaf() ? undefined : await this.join();
    const tls = join === undefined ? this.mutualTls() : await this.pinnedTls(join.root);
    const sessions = new Http2SessionManager(
      this.url,
      { connectTimeoutMs: CONNECT_TIMEOUT_MS },
      { ...tls, minVersion: 'TLSv1.3' },
    );
    const transport = createGrpcTransport({ baseUrl: this.url, sessionManager: sessions, acceptCompression: [] });
    const proof = join === undefined ? { case: undefined } : ({ case: 'joinToken', value: join.token } as const);
    try {
      const { addresses } = this.options;
      const answer = await createClient(IdentityService, transport).certify(
        { proof, csrPem, addresses: [...addresses] },
        { signal },
      );
      const { trustDomain, sequence, rootsPem, issuingRoot } = answer.trustBundle ?? {};
      if (rootsPem === undefined || trustDomain === undefined) throw new Error('the control plane sent no trust bundle');
      return {
        chainPem: answer.chainPem,
        bundle: { trustDomain, sequence: Number(sequence), rootsPem, issuingRoot: issuingRoot ?? '' },
      };
    } finally {
      sessions.abort();
    }
  };

  /** The control plane is known by its identity. */
  private verification(): Pick<ControlPlaneTls, 'checkServerIdentity' | 'servername'> {
    const { trustDomain } = this.options;
    const expected = { trustDomain, namespace: 'weir-system', name: 'control-plane' };
    return { servername: SERVER_NAME, checkServerIdentity: peerCheck({ trustDomain, expected }) };
  }

  private mutualTls(): ControlPlaneTls {
    const leaf = this.options.leaf();
    const bundle = this.options.bundle();
    if (leaf === undefined || bundle === undefined) throw new Error('there is no certificate yet');
    const { credential } = leaf;
    return {
      ...{ cert: credential.chainPem, key: credential.exposeKeyPem(), ca: bundle.rootsPem },
      ...this.verification(),
    };
  }

  private async pinnedTls(root: string): Promise<ControlPlaneTls> {
    return { ca: await fetchPinnedRoot(this.options.at, root), ...this.verification() };
  }

  /** One that has expired proves nothing any more: then who it is has to be proven anew. */
  private hasValidLeaf(): boolean {
    const leaf = this.options.leaf();
    return leaf !== undefined && leaf.credential.notAfterMs > systemClock.wallMs();
  }

  /** Read anew each time: a token is good once, and who needs another one is given it without being restarted. */
  private async join(): Promise<JoinText> {
    const joinText = await this.options.joinText();
    if (joinText === undefined) throw new Error('there is no certificate and no join token: ask for one with `weir token`');
    const parsed = parseJoinText(joinText);
    if (!parsed.isValid) throw new Error(`the join token cannot be used: ${parsed.reason}`);
    return parsed.value;
  }
}
