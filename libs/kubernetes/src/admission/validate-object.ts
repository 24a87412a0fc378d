// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { documentKey, KINDS, otherRollout, readClusterObject, WEIR_VERSION } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { createResolver } from '@weir/policy/resolve';
import type { Issue } from '@weir/policy/resolve';
import * as z from 'zod';
import type { Admission, AdmissionRequest } from './admission-review.ts';

/**
 * Of what resolving finds, that which is wrong in the object alone. Everything else depends on other objects, which may come later: the
 * order in which things are applied must not matter, so those are said in the status.
 */
const OWN_CODES: ReadonlySet<string> = new Set([
  'access-cache-invalid',
  'access-timeout-invalid',
  'claim-header-invalid',
  'condition-invalid',
  'rollout-without-analysis',
]);

type Fields = Readonly<Record<string, unknown>>;

/** A problem, as far as it is told. */
interface Wrong {
  readonly path?: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What becomes of an object of Weir's own kinds. Kinds and versions that this version does not know pass: another one may. */
export function validateObject({ operation, object, oldObject }: AdmissionRequest): Admission {
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || !isOwnKind(object)) return { kind: 'admitted' };
  if (isLeftAsItWas(object, oldObject)) return { kind: 'admitted' };
  const wrong = [...problemsOf(object), ...changesOf(object, oldObject)];
  return wrong.length === 0 ? { kind: 'admitted' } : { kind: 'refused', message: messageFrom(wrong) };
}

function isOwnKind(object: unknown): object is Fields {
  if (!isFields(object) || object['apiVersion'] !== WEIR_VERSION) return false;
  return KINDS.has(`${WEIR_VERSION}/${String(object['kind'])}`);
}

/** One that an earlier version has let in must still be able to lose a finalizer or get a label, and to be deleted. */
function isLeftAsItWas(object: Fields, oldObject: unknown): boolean {
  const metadata = object['metadata'];
  if (isFields(metadata) && metadata['deletionTimestamp'] !== undefined) return true;
  return isFields(oldObject) && isDeepStrictEqual(object['spec'], oldObject['spec']);
}

function problemsOf(object: Fields): readonly Wrong[] {
  const read = readClusterObject(object);
  if (read.kind === 'ignored') return [];
  return read.kind === 'refused' ? read.problems : ownIssues(read.document);
}

const subjectSchema = z.looseObject({
  kind: z.literal('Rollout'),
  spec: z.looseObject({
    targetRef: z.looseObject({ name: z.string() }),
    revisions: z.looseObject({ deployment: z.looseObject({ name: z.string() }).nullish() }),
  }),
});

/** What may not become another, as an API server says it too once it has the definition of this version. */
function changesOf(object: Fields, oldObject: unknown): readonly Wrong[] {
  const [now, before] = [object, oldObject].map(one => subjectSchema.safeParse(one).data?.spec);
  if (now === undefined || before === undefined) return [];
  const other = otherRollout(before, now);
  return other === undefined ? [] : [other];
}

function ownIssues(document: Document): readonly Issue[] {
  const resolver = createResolver({ defaultAddresses: [] });
  const { access, traffic, rollouts } = resolver.resolve(new Map([[documentKey(document), document]]));
  const resolved = [...access.policies.values(), ...traffic.policies.values(), ...rollouts.values()];
  return resolved.flatMap(({ issues }) => issues).filter(isOwn);
}

function isOwn({ code, severity, path }: Issue): boolean {
  if (severity !== 'error') return false;
  // Key sets that stand in a Secret or ConfigMap may come later; what stands here does not.
  return OWN_CODES.has(code) || (code === 'key-set-unresolved' && /\.(?:inline|uri)$/.test(path));
}

/** Every problem in a line of its own: where, what was found, what to write. */
function messageFrom(wrong: readonly Wrong[]): string {
  const lines = wrong.map(({ path, message, hint }) => {
    const place = path === undefined || path === '' || message.startsWith(path) ? '' : `${path}: `;
    return `${place}${message}${hint === undefined ? '' : ` (${hint})`}`;
  });
  return lines.length === 1
    ? `weir: ${lines.join('')}`
    : `weir: ${lines.length} problems\n${lines.map(line => `- ${line}`).join('\n')}`;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
