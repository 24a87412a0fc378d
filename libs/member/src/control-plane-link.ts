// SPDX-License-Identifier: Apache-2.0
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { systemClock } from '@weir/base';
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import { parseJoinText, peerCheck } from '@weir/identity';
import type { Certified, HeldLeaf, TrustBundle } from '@weir/identity';
import { connectOverTls, openSession } from '@weir/sync/client';
import type { Connect, ControlPlaneAddress } from '@weir/sync/client';
import { IdentityService } from '@weir/sync/messages';
import type { CertifyRequest } from '@weir/sync/messages';
import { isOtherRoot } from './join-proof.ts';
import type { ReadJoinProof } from './join-proof.ts';
import { fetchPinnedRoot } from './pinned-root.ts';

export interface ControlPlaneLinkOptions {
  readonly at: PortAddress;
  readonly trustDomain: string;
  /** What proves who this is as long as there is no leaf that is valid. */
  readonly proof: ReadJoinProof;
  /** IP addresses at which the workload is reached. */
  readonly addresses: readonly string[];
  leaf(): HeldLeaf | undefined;
  bundle(): TrustBundle | undefined;
}

type ControlPlaneTls = ReturnType<ControlPlaneAddress['tls']>;

/** How somebody comes to the control plane who wants a certificate. */
interface Introduction {
  readonly tls: ControlPlaneTls;
  readonly proof: CertifyRequest['proof'];
}

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

  /**
   * Asks for a certificate: by the leaf that there is, else by what proves who this is. A leaf that does not help (the root has changed
   * while this proxy was away) is no reason to wait for its end where there is a proof that may be used any number of times.
   */
  readonly certify = async (csrPem: string, signal: AbortSignal): Promise<Certified> => {
    if (!this.hasValidLeaf()) return this.ask(await this.joining(), csrPem, signal);
    try {
      return await this.ask({ tls: this.mutualTls(), proof: { case: undefined } }, csrPem, signal);
    } catch (reason) {
      if (signal.aborted || (await this.options.proof())?.kind !== 'serviceAccount') throw reason;
      return this.ask(await this.joining(), csrPem, signal);
    }
  };

  /** Whether the leaf comes from a root that the control plane, by what may be read now, has no more. */
  async isOutdated(): Promise<boolean> {
    const leaf = this.options.leaf();
    return leaf !== undefined && isOtherRoot(leaf.root, await this.options.proof());
  }

  private async ask({ tls, proof }: Introduction, csrPem: string, signal: AbortSignal): Promise<Certified> {
    const session = openSession(this.url, tls, { connectTimeoutMs: CONNECT_TIMEOUT_MS });
    const transport = createGrpcTransport({ baseUrl: this.url, sessionManager: session.manager, acceptCompression: [] });
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
      session.close();
    }
  }

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

  /** One that has expired proves nothing any more: then who it is has to be proven anew. */
  private hasValidLeaf(): boolean {
    const leaf = this.options.leaf();
    return leaf !== undefined && leaf.credential.notAfterMs > systemClock.wallMs();
  }

  /** Read anew each time: a token is good for so long, and who needs another one is given it without being restarted. */
  private async joining(): Promise<Introduction> {
    const proof = await this.options.proof();
    if (proof === undefined) throw new Error('there is no certificate and no join token: ask for one with `weir token`');
    if (proof.kind === 'serviceAccount') {
      const { token, rootsPem } = proof;
      return { tls: { ca: rootsPem, ...this.verification() }, proof: { case: 'serviceAccountToken', value: token } };
    }
    const parsed = parseJoinText(proof.text);
    if (!parsed.isValid) throw new Error(`the join token cannot be used: ${parsed.reason}`);
    const { root, token } = parsed.value;
    const ca = await fetchPinnedRoot(this.options.at, root);
    return { tls: { ca, ...this.verification() }, proof: { case: 'joinToken', value: token } };
  }
}
