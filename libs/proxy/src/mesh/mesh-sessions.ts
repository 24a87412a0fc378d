// SPDX-License-Identifier: Apache-2.0
import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket, TlsOptions } from 'node:tls';
import { Fault } from '@weir/base';
import { PEER_PROTOCOL } from '@weir/identity/peer-protocol';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type { Certificate, ResourceName, TrustBundle, WorkloadIdentity } from '@weir/policy/snapshot';
import type { BackendSession } from '../tls/backend-sessions.ts';
import { meshLifetime, peerEndOf } from './mesh-lifetime.ts';
import { meshProtocolName } from './mesh-protocols.ts';
import type { InnerProtocol } from './mesh-protocols.ts';
import { workloadOf } from './workload-uri.ts';

/** Where the certificate of this proxy and the authorities of the mesh are found. */
export interface MeshMaterial {
  certificateOf(name: ResourceName): Certificate | undefined;
  readonly trustBundles: ReadonlyMap<ResourceName, TrustBundle>;
  /** Undefined = there is no mesh. */
  readonly trustDomain: () => string | undefined;
  /** The time of day, by which certificates hold. */
  readonly wallMs: () => number;
}

/** Whom to call. */
export interface MeshPeer {
  readonly identity: WorkloadIdentity;
  /** The Service that is meant. */
  readonly serverName: string;
}

/** A certificate with the authorities that peers are verified with, at one time. */
interface Credentials {
  readonly key: string;
  readonly context: SecureContext;
  readonly trustDomain: string;
  /** When the certificate ends, in milliseconds since the Unix epoch. */
  readonly endMs: number;
}

/** What the receiving end shows and whom it believes. */
export interface ServerCredentials {
  readonly options: TlsOptions;
  /** When the certificate ends, in milliseconds since the Unix epoch. */
  readonly endMs: number;
}

/** Enough for the workloads that one proxy calls; beyond it all are made again. */
const MAX_KEPT = 4096;

/** Both ends of mutual TLS between workloads. Sessions are never resumed: who was once verified may have expired since. */
export class MeshSessions {
  private readonly material: MeshMaterial;
  private readonly made = new Map<string, BackendSession>();
  private current: Credentials | undefined;

  constructor(material: MeshMaterial) {
    this.material = material;
  }

  /** Takes certificate and authorities as they are now; what was made with the former ones is not used for new connections. */
  renew(): void {
    this.current = undefined;
    this.made.clear();
  }

  /** How to call a peer. Throws Fault `mesh_unavailable` while this proxy has no certificate of the mesh. */
  sessionFor(peer: MeshPeer, protocol: InnerProtocol): BackendSession {
    const credentials = this.credentials();
    const key = keyOf(credentials, peer, protocol);
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const { trustDomain, context, endMs: ownEndMs } = credentials;
    const options: ConnectionOptions = {
      servername: peer.serverName,
      secureContext: context,
      rejectUnauthorized: true,
      ALPNProtocols: [meshProtocolName(protocol)],
      checkServerIdentity: (_host, certificate) => checkWorkload(certificate, peer.identity, trustDomain),
    };
    const usableForMs = (socket: TLSSocket): number =>
      meshLifetime({ ownEndMs, peerEndMs: peerEndOf(socket), wallMs: this.material.wallMs() }).usableForMs;
    const session: BackendSession = { key, options, usableForMs };
    if (this.made.size >= MAX_KEPT) this.made.clear();
    this.made.set(key, session);
    return session;
  }

  /** Key of the session that there would be now; undefined = there can be none. */
  currentKey(peer: MeshPeer, protocol: InnerProtocol): string | undefined {
    try {
      return keyOf(this.credentials(), peer, protocol);
    } catch {
      return undefined;
    }
  }

  /** For the receiving end; undefined while this proxy has no certificate of the mesh. */
  serverCredentials(): ServerCredentials | undefined {
    const { certificate, bundle } = this.find();
    if (certificate === undefined || bundle === undefined) return undefined;
    const { chainPem: cert, keyPem: key } = certificate;
    const { authoritiesPem: ca } = bundle;
    return {
      options: { cert, key, ca, ...PEER_PROTOCOL, requestCert: true, rejectUnauthorized: true },
      endMs: endOf(cert),
    };
  }

  private credentials(): Credentials {
    this.current ??= this.make();
    return this.current;
  }

  private make(): Credentials {
    const { certificate, bundle } = this.find();
    const trustDomain = this.material.trustDomain();
    if (certificate === undefined || bundle === undefined || trustDomain === undefined) {
      throw new Fault('mesh_unavailable', 'this proxy has no certificate of the mesh yet');
    }
    const { chainPem: cert, keyPem: key } = certificate;
    const { authoritiesPem: ca } = bundle;
    const fingerprint = createHash('sha256').update(cert).update(ca).update(trustDomain).digest('base64');
    return {
      key: fingerprint,
      context: createSecureContext({ cert, key, ca, ...PEER_PROTOCOL }),
      trustDomain,
      endMs: endOf(cert),
    };
  }

  private find(): { readonly certificate: Certificate | undefined; readonly bundle: TrustBundle | undefined } {
    const { material } = this;
    return { certificate: material.certificateOf(MESH_CERTIFICATE), bundle: material.trustBundles.get(MESH_TRUST) };
  }
}

/** Of the first certificate of a chain. */
function endOf(chainPem: string): number {
  return new X509Certificate(chainPem).validToDate.getTime();
}

function keyOf({ key }: Credentials, { identity, serverName }: MeshPeer, protocol: InnerProtocol): string {
  return `mesh ${protocol} ${identity} ${serverName} ${key}`;
}

function checkWorkload({ raw }: PeerCertificate, wanted: WorkloadIdentity, trustDomain: string): Error | undefined {
  const found = workloadOf(new X509Certificate(raw), trustDomain);
  if (found === wanted) return undefined;
  return new Error(`the endpoint is ${found ?? `nobody of ${trustDomain}`}, wanted ${wanted}`);
}
