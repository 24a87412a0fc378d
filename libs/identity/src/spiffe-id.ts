// SPDX-License-Identifier: Apache-2.0
import { IdentityError, quoted } from './identity-error.ts';
import type { Parsed } from './parsed.ts';

/** Of a mesh whose operator has chosen no other. */
export const DEFAULT_TRUST_DOMAIN = 'weir.local';

/** Who a workload is (SPIFFE-ID §2): `spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME`, as Kubernetes meshes write it. */
export interface SpiffeId {
  readonly trustDomain: string;
  readonly namespace: string;
  /** Of the service account, or what stands for one outside a cluster. */
  readonly name: string;
}

const SCHEME = 'spiffe://';
const FORM = 'spiffe://TRUST_DOMAIN/ns/NAMESPACE/sa/NAME';
/** SPIFFE-ID §2.1; longer ones no certificate needs to carry. */
const MAX_TRUST_DOMAIN = 255;
const TRUST_DOMAIN = /^[a-z0-9._\-]+$/v;
/** RFC 1123, as Kubernetes has them: a namespace is one label, a service account may be several. */
const LABEL = /^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$/v;
const MAX_NAME = 253;

/** Reads the URI strictly: what Weir does not write itself (ports, escapes, other paths, upper case) is refused. */
export function parseSpiffeId(uri: string): Parsed<SpiffeId> {
  if (!uri.startsWith(SCHEME)) return refuse(`${quoted(uri)} does not begin with ${SCHEME}: write ${FORM}`);
  const [trustDomain = '', ns, namespace = '', sa, name = '', ...more] = uri.slice(SCHEME.length).split('/');
  if (ns !== 'ns' || sa !== 'sa' || more.length > 0) return refuse(`${quoted(uri)} has another path: write ${FORM}`);
  return checked({ trustDomain, namespace, name });
}

/** Reads the short form `namespace/name`, as documents and commands write it. */
export function parseShortName(text: string, trustDomain: string): Parsed<SpiffeId> {
  const [namespace = '', name, ...more] = text.split('/');
  if (name === undefined || more.length > 0) return refuse(`${quoted(text)} is no identity: write namespace/name`);
  return checked({ trustDomain, namespace, name });
}

/** Throws IdentityError where a part is not what may stand in a SPIFFE id, so that nothing else is ever signed. */
export function formatSpiffeId(id: SpiffeId): string {
  const found = checked(id);
  if (!found.isValid) throw new IdentityError('invalid-identity', { message: found.reason, hint: `write ${FORM}` });
  return `${SCHEME}${id.trustDomain}/ns/${id.namespace}/sa/${id.name}`;
}

/** `namespace/name`, without the trust domain. */
export function formatShortName({ namespace, name }: SpiffeId): string {
  return `${namespace}/${name}`;
}

export function isSameSpiffeId(left: SpiffeId, right: SpiffeId): boolean {
  return left.trustDomain === right.trustDomain && left.namespace === right.namespace && left.name === right.name;
}

/** Throws IdentityError. */
export function assertTrustDomain(text: string): void {
  if (text.length <= MAX_TRUST_DOMAIN && TRUST_DOMAIN.test(text)) return;
  throw new IdentityError('invalid-identity', {
    message: `trust domain ${quoted(text)} ${TRUST_DOMAIN_RULE}`,
    hint: `write a name such as ${DEFAULT_TRUST_DOMAIN}`,
  });
}

const TRUST_DOMAIN_RULE = `may have lower-case letters, digits, dots, dashes and underscores only, at most ${MAX_TRUST_DOMAIN}`;

function checked(id: SpiffeId): Parsed<SpiffeId> {
  const { trustDomain, namespace, name } = id;
  if (trustDomain.length > MAX_TRUST_DOMAIN || !TRUST_DOMAIN.test(trustDomain)) {
    return refuse(`trust domain ${quoted(trustDomain)} ${TRUST_DOMAIN_RULE}`);
  }
  if (!LABEL.test(namespace)) return refuse(`namespace ${quoted(namespace)} is no RFC 1123 label: write one such as shop`);
  if (name.length > MAX_NAME || !name.split('.').every(label => LABEL.test(label))) {
    return refuse(`name ${quoted(name)} is no RFC 1123 name: write one such as checkout`);
  }
  return { isValid: true, value: { trustDomain, namespace, name } };
}

function refuse(reason: string): Parsed<never> {
  return { isValid: false, reason };
}
