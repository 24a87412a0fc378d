// SPDX-License-Identifier: Apache-2.0
import { formatShortName, formatSpiffeId, IdentityError, identityWords, parseCertificates, parseShortName } from '@weir/identity';
import type { SpiffeId, TrustBundle } from '@weir/identity';
import { checkSigningRequest } from '@weir/identity/authority';
import type { Authority, JoinTokens } from '@weir/identity/authority';
import type { ControlPlaneEvent } from '../control-plane-options.ts';
import type { AddressBook } from './address-book.ts';
import { reservedFor } from './identity-names.ts';
import type { LeafLedger } from './leaf-ledger.ts';
import { proveAccount } from './service-accounts.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { WorkloadBook } from './workload-book.ts';

/** A join token is good once; one of a service account as often as it is presented, until it expires. */
export interface PresentedToken {
  readonly kind: 'join' | 'serviceAccount';
  readonly text: string;
}

/** Asks for a certificate. */
export interface CertifyRequest {
  /** PKCS #10 in PEM form. */
  readonly requestPem: string;
  /** Undefined = the caller proves who it is by the certificate of its connection, which is being renewed. */
  readonly token: PresentedToken | undefined;
  /** IP addresses that the workload registers; none = all that its proof permits. */
  readonly addresses: readonly string[];
}

/** Whose verified client certificate a request came with. */
export interface CertifiedPeer {
  /** `NAMESPACE/NAME`. */
  readonly identity: string;
  /** SHA-256 fingerprint of the certificate, as OpenSSL writes it. */
  readonly leaf: string;
}

export interface Certificated {
  readonly id: SpiffeId;
  /** Leaf first, without the root. */
  readonly chainPem: string;
  readonly notAfterMs: number;
  readonly bundle: TrustBundle;
}

/**
 * `unproved`: nobody is shown to ask; `forbidden`: somebody asks for what is not theirs; `invalid`: the signing request is of no use;
 * `elsewhere`: it is proved in a way that is not known here.
 */
export type RefusalReason = 'elsewhere' | 'forbidden' | 'invalid' | 'unproved';

const NOT_IN_A_CLUSTER = 'this control plane is not in a cluster: join with a join token';

/** A certificate is not given. The message is for the one who asked as well as for the log. */
export class NotCertified extends Error {
  override readonly name = 'NotCertified';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface IdentityDeskParts {
  readonly trustDomain: string;
  readonly authority: Authority;
  readonly joinTokens: JoinTokens;
  readonly addresses: AddressBook;
  readonly ledger: LeafLedger;
  /** Undefined = this is not in a cluster. */
  readonly accounts: ServiceAccounts | undefined;
  /** Where Pods are; undefined = this is not in a cluster, and only addresses of join tokens are registered. */
  readonly pods: Pick<WorkloadBook, 'mayRegister'> | undefined;
  /** Whether each Gateway has proxies of its own: then nobody is the one that serves all of them. */
  readonly hasOwnProxies: boolean;
  readonly onEvent: (event: ControlPlaneEvent) => void;
}

interface Proof {
  readonly id: SpiffeId;
  readonly addresses: readonly string[];
}

/** Gives certificates to those who prove who they are. Everything is checked before a token is used up. */
export class IdentityDesk {
  private readonly parts: IdentityDeskParts;

  constructor(parts: IdentityDeskParts) {
    this.parts = parts;
  }

  /** Throws NotCertified, and tells the log. */
  async certify(request: CertifyRequest, peer: CertifiedPeer | undefined): Promise<Certificated> {
    try {
      return await this.decide(request, peer);
    } catch (reason) {
      const refusal = refusalFrom(reason);
      this.parts.onEvent({
        kind: 'not-certified',
        from: peer?.identity ?? 'somebody without a certificate',
        reason: identityWords(reason),
      });
      throw refusal;
    }
  }

  private async decide(request: CertifyRequest, peer: CertifiedPeer | undefined): Promise<Certificated> {
    const { token, requestPem } = request;
    const proof = token === undefined ? this.proofOfPeer(peer, request) : await this.proofOfToken(token);
    const reserved = reservedFor(proof.id, this.parts);
    if (reserved !== undefined) throw new NotCertified('forbidden', reserved);
    if (!this.parts.ledger.hasRoomFor(formatShortName(proof.id))) {
      throw new NotCertified('forbidden', `${formatSpiffeId(proof.id)} has as many valid certificates as it may have`);
    }
    const registered = registeredAddresses(request, proof);
    await checkSigningRequest(requestPem);
    if (token !== undefined) await this.join(token, { id: proof.id, addresses: registered });
    return this.sign(requestPem, proof.id, token === undefined ? (peer?.leaf ?? '') : '');
  }

  private proofOfPeer(peer: CertifiedPeer | undefined, asked: CertifyRequest): Proof {
    const id = peer && parseShortName(peer.identity, this.parts.trustDomain);
    if (peer === undefined || id?.isValid !== true) {
      throw new NotCertified(
        'unproved',
        'neither a join token nor a certificate of this mesh that is valid now: join with a token',
      );
    }
    const { addresses, pods } = this.parts;
    const known = asked.addresses.filter(address => pods?.mayRegister(peer.identity, address) === true);
    return { id: id.value, addresses: [...addresses.addressesOf(peer.identity), ...known] };
  }

  private proofOfToken({ kind, text }: PresentedToken): Promise<Proof> {
    return kind === 'join' ? this.proofOfJoinToken(text) : this.proofOfAccount(text);
  }

  private async proofOfJoinToken(token: string): Promise<Proof> {
    const found = await this.parts.joinTokens.inspect(token);
    if (!found.isValid) throw new NotCertified('forbidden', found.reason);
    return { id: found.identity, addresses: found.addresses };
  }

  private async proofOfAccount(token: string): Promise<Proof> {
    const { accounts, trustDomain } = this.parts;
    if (accounts === undefined) throw new NotCertified('elsewhere', NOT_IN_A_CLUSTER);
    const found = await proveAccount(accounts, token);
    if (found.kind === 'refused') throw new NotCertified('forbidden', found.reason);
    const id = parseShortName(found.identity, trustDomain);
    if (!id.isValid) throw new NotCertified('forbidden', id.reason);
    return { id: id.value, addresses: found.addresses };
  }

  private async join({ kind, text }: PresentedToken, { id, addresses }: Proof): Promise<void> {
    const identity = formatShortName(id);
    if (kind === 'join') {
      this.parts.addresses.assertRoomFor(identity, addresses);
      const found = await this.parts.joinTokens.redeem(text);
      if (!found.isValid) throw new NotCertified('forbidden', found.reason);
      // Where Pods are, Pods say; what is written down would stay when they are gone.
      await this.parts.addresses.add(identity, addresses);
    }
    this.parts.onEvent({ kind: 'joined', identity, addresses });
  }

  private async sign(requestPem: string, id: SpiffeId, before: string): Promise<Certificated> {
    const { authority, ledger } = this.parts;
    // Before signing: a root that comes in between makes the peer renew once more, and never the other way round.
    const bundle = authority.bundle();
    const { chainPem, notAfterMs } = await authority.sign(requestPem, id);
    const fingerprint = parseCertificates(chainPem, 'the new certificate')[0]!.fingerprint256;
    await ledger.note({ fingerprint, identity: formatShortName(id), root: bundle.issuingRoot, notAfterMs }, before);
    return { id, chainPem, notAfterMs, bundle };
  }
}

/** Throws NotCertified where an address is asked for that the proof does not permit. */
function registeredAddresses({ addresses }: CertifyRequest, proof: Proof): readonly string[] {
  const other = addresses.find(address => !proof.addresses.includes(address));
  if (other === undefined) return addresses.length === 0 ? proof.addresses : addresses;
  const permitted = proof.addresses.length === 0 ? 'no address' : proof.addresses.join(', ');
  throw new NotCertified(
    'forbidden',
    `${formatSpiffeId(proof.id)} may register ${permitted}, and not ${JSON.stringify(other.slice(0, 64))}`,
  );
}

function refusalFrom(reason: unknown): unknown {
  if (reason instanceof NotCertified || !(reason instanceof IdentityError)) return reason;
  return new NotCertified('invalid', identityWords(reason));
}
