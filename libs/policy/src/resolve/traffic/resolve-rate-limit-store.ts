// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { RateLimitStore, RateLimitStoreTls } from '../../snapshot/index.ts';
import type { ConditionsContext } from '../access/resolve-conditions.ts';
import { authoritiesIn, secretText } from '../certificate/credential-reader.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type RedisSpec = NonNullable<TrafficPolicyDocument['spec']['rateLimitStore']>['redis'];
type AuthorityRef = NonNullable<RedisSpec['caCertificateRefs']>[number];

export interface StoreContext extends ConditionsContext {
  readonly lookup: Lookup;
}

const DEFAULT_PORT = 6379;
/** Far more than a server nearby needs, and less than callers notice. */
const DEFAULT_TIMEOUT_MS = 100;
const PATH = 'spec.rateLimitStore.redis';

/** A store as the policy says. What it refers to and cannot be had leaves the policy unresolved: nobody is let in without being counted. */
export function resolveRateLimitStore(context: StoreContext, spec: RedisSpec): RateLimitStore {
  const { protocol, hostname, port, pathname } = new URL(spec.url);
  const portNumber = port === '' ? DEFAULT_PORT : Number(port);
  const database = Number(pathname.slice(1));
  return {
    url: `${protocol}//${hostname}:${portNumber}/${database}`,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: portNumber,
    database,
    ...resolveCredentials(context, spec),
    tls: protocol === 'rediss:' ? resolveTls(context, spec) : undefined,
    timeoutMs: spec.timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(spec.timeout),
  };
}

const NO_CREDENTIALS = { username: undefined, password: undefined };

function resolveCredentials(context: StoreContext, { credentialsRef }: RedisSpec): Pick<RateLimitStore, 'password' | 'username'> {
  if (credentialsRef === undefined) return NO_CREDENTIALS;
  const { name } = credentialsRef;
  const { lookup, namespace } = context;
  const path = `${PATH}.credentialsRef.name`;
  const secret = lookup.get('Secret', namespace, name);
  if (secret === undefined) {
    fail(context, { path, ...describeMissing(lookup, { kind: 'Secret', namespace, name }) });
    return NO_CREDENTIALS;
  }
  // Files that people write end in a line feed, which is no part of a password.
  const textOf = (key: string): string | undefined => secretText(secret, key)?.replace(/\r?\n$/, '');
  const [username, password] = [textOf('username'), textOf('password')];
  if (password === undefined || password === '') {
    fail(context, { path, message: `names Secret \`${name}\`, which has no \`password\``, hint: 'write it into the Secret' });
  }
  return { username: username === '' ? undefined : username, password };
}

function resolveTls(context: StoreContext, { caCertificateRefs }: RedisSpec): RateLimitStoreTls {
  const bundles = caCertificateRefs?.map((ref, index) => resolveAuthorities(context, ref, index));
  return { authoritiesPem: bundles?.join('\n') };
}

function resolveAuthorities(context: StoreContext, { kind, name }: AuthorityRef, index: number): string {
  const { lookup, namespace } = context;
  const path = `${PATH}.caCertificateRefs[${index}].name`;
  const source = lookup.get(kind, namespace, name);
  if (source === undefined) return fail(context, { path, ...describeMissing(lookup, { kind, namespace, name }) });
  const parsed = authoritiesIn(source);
  if (parsed.isValid) return parsed.value;
  const hint = 'write the authorities in PEM form into `ca.crt`';
  return fail(context, { path, message: `names ${kind} \`${name}\`, whose ${parsed.reason}`, hint });
}

interface Failure {
  readonly path: string;
  /** Goes on after the path. */
  readonly message: string;
  readonly hint: string;
}

/** Nothing is what there is instead. */
function fail({ report, fail: leaveUnresolved }: StoreContext, { path, message: detail, hint }: Failure): '' {
  const message = `${path} ${detail}`;
  report({ severity: 'error', code: 'rate-limit-store-unresolved', path, message, hint });
  leaveUnresolved(message);
  return '';
}
