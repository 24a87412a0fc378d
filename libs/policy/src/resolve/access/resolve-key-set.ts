// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import { keySetUrlProblem, parseKeySet } from '../../snapshot/index.ts';
import type { JwtAlgorithm, JwtKeys, KeySet } from '../../snapshot/index.ts';
import { configText, entryWords, secretText } from '../certificate/credential-reader.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import type { MethodSpec } from './resolve-method.ts';

type KeySetSpec = NonNullable<MethodSpec['jwt']>['jwks'];

interface KeySetPlace {
  readonly spec: KeySetSpec;
  /** What the provider takes. */
  readonly algorithms: readonly JwtAlgorithm[];
  readonly path: string;
}

/** Between what issuers ask for (an hour and more) and how long a withdrawn key may still count. */
const DEFAULT_REFRESH_MS = 600_000;

/** Keys as the document says; what cannot be had or used fails the policy, so that what it guards is refused. */
export function resolveKeySet(context: AccessContext, place: KeySetPlace): JwtKeys {
  const { spec, path } = place;
  if (spec.uri !== undefined) return resolveRemote(context, { ...spec, uri: spec.uri }, path);
  const found = findText(context, place);
  if ('text' in found) {
    const problem = checkText(context, place, found);
    if (problem === undefined) return { kind: 'inline', jwks: found.text };
    return fail(context, { path: `${path}.${found.field}`, ...problem });
  }
  return fail(context, found);
}

function resolveRemote(context: AccessContext, spec: KeySetSpec & { readonly uri: string }, path: string): JwtKeys {
  const allowsPlaintext = spec.allowPlaintext ?? false;
  const problem = keySetUrlProblem(spec.uri, { allowsPlaintext });
  if (problem !== undefined) {
    const hint = 'write the URL of the key set, such as https://issuer.example/jwks.json';
    return fail(context, { path: `${path}.uri`, message: `cannot be fetched: ${problem}`, hint });
  }
  const refreshMs = spec.refresh === undefined ? DEFAULT_REFRESH_MS : parseDuration(spec.refresh);
  return { kind: 'remote', url: spec.uri, refreshMs, allowsPlaintext };
}

interface Failure {
  readonly path: string;
  /** Goes on after the path. */
  readonly message: string;
  readonly hint: string;
}

function fail(context: AccessContext, { path, message, hint }: Failure): JwtKeys {
  const detail = `${path} ${message}`;
  context.report({ severity: 'error', code: 'key-set-unresolved', path, message: detail, hint });
  context.fail(detail);
  return { kind: 'unresolved', detail };
}

interface FoundText {
  readonly text: string;
  readonly field: 'configMapRef' | 'inline' | 'secretRef';
}

function findText(context: AccessContext, { spec, path }: KeySetPlace): Failure | FoundText {
  if (spec.inline !== undefined) return { text: spec.inline, field: 'inline' };
  return spec.secretRef === undefined
    ? findEntry(context, { kind: 'ConfigMap', ...(spec.configMapRef ?? { name: '', key: '' }) }, `${path}.configMapRef`)
    : findEntry(context, { kind: 'Secret', ...spec.secretRef }, `${path}.secretRef`);
}

interface EntryRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly key: string;
}

/** References of policies stay in their namespace. */
function findEntry(context: AccessContext, { kind, name, key }: EntryRef, path: string): Failure | FoundText {
  const { lookup, document } = context;
  const { namespace } = document;
  const source = lookup.get(kind, namespace, name);
  if (source === undefined) return { path: `${path}.name`, ...describeMissing(lookup, { kind, namespace, name }) };
  const text = source.kind === 'Secret' ? secretText(source, key) : configText(source, key);
  if (text !== undefined) return { text, field: kind === 'Secret' ? 'secretRef' : 'configMapRef' };
  const message = `names entry \`${key}\` of ${kind} \`${name}\`, which has ${entryWords(source)}`;
  return { path: `${path}.key`, message, hint: 'write key: and the name of an entry' };
}

/** What is wrong with a key set; undefined = it can be used. Says of each key that cannot. Never a value out of it. */
function checkText(
  context: AccessContext,
  { algorithms, path }: KeySetPlace,
  { text, field }: FoundText,
): Omit<Failure, 'path'> | undefined {
  let set: KeySet;
  try {
    set = parseKeySet(text, { allowsSecrets: true });
  } catch (error) {
    const reason = error instanceof RangeError ? error.message : 'it cannot be read';
    return { message: `has no keys: ${reason}`, hint: 'write a JSON Web Key Set, as the issuer publishes it at its jwks_uri' };
  }
  if (field !== 'secretRef' && set.keys.some(({ key }) => key.type === 'secret')) {
    const message = 'has a secret (kty "oct"), and whoever reads it can make tokens';
    return { message, hint: 'put the key set into a Secret, and name that in secretRef' };
  }
  if (!set.keys.some(key => key.algorithms.some(algorithm => algorithms.includes(algorithm)))) {
    const message = `has no key for ${algorithms.join(', ')}, which are the algorithms that the method takes`;
    return { message, hint: 'add the key, or write algorithms: that the keys are for' };
  }
  for (const reason of set.leftOut) {
    const message = `${path}.${field}: ${reason}`;
    context.report({ severity: 'warning', code: 'key-left-out', path: `${path}.${field}`, message, hint: undefined });
  }
  return undefined;
}
