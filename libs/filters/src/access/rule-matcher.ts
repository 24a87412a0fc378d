// SPDX-License-Identifier: Apache-2.0
import { claimTexts } from '@weir/base';
import type { Exchange, HeaderList, Identity } from '@weir/base';
import type { AccessRule, CelProgram, PathMatch } from '@weir/policy/snapshot';
import { RE2JS } from 're2js';
import { NOBODY } from '../cel/cel-subject.ts';
import { compileCel } from '../cel/compile-cel.ts';
import { compileCertificateNames } from '../client-certificate/certificate-names.ts';
import { AddressSet } from './address-set.ts';
import { compileIdentities } from './workload-identities.ts';

/** A rule at work. */
export interface RuleMatcher {
  readonly name: string;
  /** Whether a request of a caller with these identities fits the rule. */
  fits(exchange: Exchange, identities: readonly Identity[]): boolean;
  /** Whether a connection fits; undefined = the rule asks for what only a request has. */
  readonly fitsConnection: ((caller: ConnectionCaller) => boolean) | undefined;
}

/** All that is known of who opened a connection that is carried whole. */
export interface ConnectionCaller {
  readonly address: string;
  /** As Downstream.peerIdentity. */
  readonly peerIdentity: string | undefined;
}

type Condition = (exchange: Exchange) => boolean;
type IdentityCondition = (identity: Identity, exchange: Exchange) => boolean;

export interface RuleOptions {
  /** Whether a request fits for which the rule's expression comes to an error. */
  readonly fitsOnError: boolean;
  /** The gateway that evaluates it, `NAMESPACE/SERVICE-ACCOUNT`; undefined = no gateway does, or it is in no mesh. */
  readonly gateway?: string | undefined;
}

/** Throws re2js's error for an expression that RE2 does not take. */
export function compileRule(given: AccessRule, { fitsOnError, gateway }: RuleOptions): RuleMatcher {
  const rule = atGateway(given, gateway);
  const holds = rule.cel && compileCondition(rule.cel, fitsOnError);
  const conditions = requestConditions(rule);
  const ofIdentity = identityConditions(rule);
  // Last: it is the dearest.
  if (holds !== undefined && rule.cel?.asksWho === true) ofIdentity.push(holds);
  else if (holds !== undefined) conditions.push(exchange => holds(NOBODY, exchange));
  const { name, addresses, identities: peers, ...others } = rule;
  const asksForMore = Object.values(others).some(condition => condition !== undefined);
  return {
    name,
    fitsConnection: asksForMore ? undefined : connectionTest({ addresses, identities: peers }),
    fits: (exchange, identities) =>
      conditions.every(condition => condition(exchange)) &&
      // One and the same identity has to have all of it: a token's claims do not add to another one's groups.
      (ofIdentity.length === 0 ||
        orNobody(identities).some(identity => ofIdentity.every(condition => condition(identity, exchange)))),
  };
}

/**
 * A gateway that is named by its own name calls the Service by it: all that comes through it fits, there as at the receiver. Named with
 * all of its namespace it does not, as its clients are none of the namespace's workloads.
 */
function atGateway(rule: AccessRule, gateway: string | undefined): AccessRule {
  const isNamed = gateway !== undefined && rule.identities?.includes(gateway) === true;
  return isNamed ? { ...rule, identities: undefined } : rule;
}

function connectionTest({ addresses, identities }: Pick<AccessRule, 'addresses' | 'identities'>) {
  const known = addresses && new AddressSet(addresses);
  const isOne = identities && compileIdentities(identities);
  return ({ address, peerIdentity }: ConnectionCaller): boolean =>
    known?.has(address) !== false && isOne?.(peerIdentity) !== false;
}

/** Who has not shown who it is has no Consumer, group or claim; an expression can say that this is enough. */
function orNobody(identities: readonly Identity[]): readonly Identity[] {
  return identities.length === 0 ? ONLY_NOBODY : identities;
}

const ONLY_NOBODY: readonly Identity[] = Object.freeze([NOBODY]);

function compileCondition(program: CelProgram, fitsOnError: boolean): IdentityCondition {
  const evaluate = compileCel(program);
  return (identity, exchange) => {
    const result = evaluate(exchange, identity);
    return typeof result === 'boolean' ? result : fitsOnError;
  };
}

/** The cheap ones first. */
function requestConditions({ methods, paths, headers, addresses, certificates, identities }: AccessRule): Condition[] {
  const conditions: Condition[] = [];
  if (methods !== undefined) {
    // HEAD asks for what GET asks for (RFC 9110 §9.3.2): who is kept from the one must not learn of it by the other.
    const known = new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
    conditions.push(({ request }) => known.has(request.method));
  }
  if (addresses !== undefined) {
    const known = new AddressSet(addresses);
    conditions.push(({ clientAddress }) => known.has(clientAddress));
  }
  if (certificates !== undefined) {
    const hasName = compileCertificateNames(certificates);
    conditions.push(({ downstream }) => hasName(downstream.clientCertificate));
  }
  if (identities !== undefined) {
    const isOne = compileIdentities(identities);
    conditions.push(({ downstream }) => isOne(downstream.peerIdentity));
  }
  for (const { name, values } of headers ?? []) {
    const known = new Set(values);
    conditions.push(name === 'host' ? hasHost(known) : ({ request }) => hasValue(request.headers, name, known));
  }
  if (paths !== undefined) {
    const tests = paths.map(compilePath);
    conditions.push(({ request }) => tests.some(covers => covers(request.path)));
  }
  return conditions;
}

function identityConditions({ consumers, groups, claims }: AccessRule): IdentityCondition[] {
  const conditions: IdentityCondition[] = [];
  if (consumers !== undefined) {
    const known = new Set(consumers);
    conditions.push(({ consumer }) => known.has(consumer));
  }
  if (groups !== undefined) {
    const known = new Set(groups);
    conditions.push(identity => identity.groups.some(group => known.has(group)));
  }
  for (const { path, values } of claims ?? []) {
    const known = new Set(values);
    conditions.push(identity => identity.claims !== undefined && claimTexts(identity.claims, path).some(text => known.has(text)));
  }
  return conditions;
}

/** The host is no field of the list, as HTTP/2 says it in another place. With or without its port, in any case. */
function hasHost(values: ReadonlySet<string>): Condition {
  const known = new Set([...values].map(value => value.toLowerCase()));
  return ({ request }) => known.has(request.host) || known.has(request.authority);
}

/** Whether one of a header's lines has one of the values. */
function hasValue({ names, values }: HeaderList, name: string, known: ReadonlySet<string>): boolean {
  for (let i = names.indexOf(name); i !== -1; i = names.indexOf(name, i + 1)) {
    if (known.has(values[i] ?? '')) return true;
  }
  return false;
}

function compilePath({ kind, value }: PathMatch): (path: string) => boolean {
  if (kind === 'exact') return path => path === value;
  if (kind === 'regex') {
    const expression = RE2JS.compile(value);
    return path => expression.testExact(path);
  }
  if (value === '/') return () => true;
  const below = `${value}/`;
  return path => path === value || path.startsWith(below);
}
