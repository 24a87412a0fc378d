// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type * as z from 'zod';
import type { Document, DocumentSource } from '../document.ts';
import type { AcceptedDocument, KindSpec } from '../kinds/kinds.ts';
import { placesOfField } from '../suggestion/field-places.ts';
import { nearestName } from '../suggestion/nearest-name.ts';
import { contentHash } from './content-hash.ts';
import { foundWords } from './found-words.ts';
import { formatFieldPath } from './locate-field.ts';
import { apiVersionsOf, recogniseKind } from './recognise-kind.ts';
import { schemaSentences } from './schema-sentences.ts';

/** An object as plain data, and where it is written. */
export interface WrittenObject {
  readonly value: unknown;
  readonly place: DocumentSource;
  readonly prunesUnknown?: boolean;
}

/** What one object came to. */
export type ReadObject =
  { readonly kind: 'document'; readonly document: Document } | { readonly kind: 'ignored' } | RefusedObject;

export interface RefusedObject {
  readonly kind: 'refused';
  /** At least one. */
  readonly problems: readonly Problem[];
}

type Details = Pick<Problem, 'code' | 'message'> & {
  readonly path: string;
  readonly hint: string | undefined;
  readonly object?: string | undefined;
};

/**
 * Checks an object against the schema of its kind and fills in that schema's defaults. Of kinds that Kubernetes itself has, an API server
 * may be newer than Weir: `prunesUnknown` leaves out fields that are not known, as clients of Kubernetes do.
 */
export function readObject({ value, place, prunesUnknown = false }: WrittenObject): ReadObject {
  const header = readHeader(value);
  if ('code' in header) return refused(place, [header]);
  const recognition = recogniseKind(header.apiVersion, header.kind);
  if (recognition.kind === 'ignored') return recognition;
  if (recognition.kind === 'refused') {
    const object = objectName(header.kind, value);
    const { code, field, message, hint } = recognition;
    return refused(place, [{ code, path: field, message, hint, object }]);
  }
  const { spec } = recognition;
  const object = objectName(header.kind, value, spec);
  const result = checked(spec, value, prunesUnknown);
  if (result.success) {
    return { kind: 'document', document: documentFrom(spec, result.data, { place, apiVersion: header.apiVersion }) };
  }
  return refused(
    place,
    detailsOf(result.error.issues, { spec, value }).map(details => ({ ...details, object })),
  );
}

function checked(spec: KindSpec, value: unknown, prunesUnknown: boolean): z.ZodSafeParseResult<AcceptedDocument> {
  const result = spec.schema.safeParse(value);
  if (result.success || !prunesUnknown) return result;
  const pruned = structuredClone(value);
  for (const issue of result.error.issues) {
    const owner = issue.code === 'unrecognized_keys' ? valueAt(pruned, issue.path) : undefined;
    if (issue.code !== 'unrecognized_keys' || typeof owner !== 'object' || owner === null) return result;
    for (const key of issue.keys) Reflect.deleteProperty(owner, key);
  }
  return spec.schema.safeParse(pruned);
}

function detailsOf(
  issues: readonly z.core.$ZodIssue[],
  { spec, value }: { readonly spec: KindSpec; readonly value: unknown },
): readonly Details[] {
  /** Fields that are there, under a wrong name. */
  const meantPaths = new Set<string>();
  const placesOf = (field: string): readonly string[] => placesOfField(spec.schema, field);
  const details = issues.flatMap(issue => {
    const isSecret = spec.isSecret && isSecretField(issue.path);
    const found = { path: formatFieldPath(issue.path), value: valueAt(value, issue.path), isSecret, placesOf };
    return schemaSentences(issue, found).map(({ code, message, hint, field, meant }) => {
      if (meant !== undefined) meantPaths.add(formatFieldPath([...issue.path, meant]));
      return { code, message, hint, path: field === undefined ? found.path : formatFieldPath([...issue.path, field]) };
    });
  });
  return details.filter(({ code, path }) => code !== 'missing-field' || !meantPaths.has(path));
}

function readHeader(value: unknown): Details | { readonly apiVersion: string; readonly kind: string } {
  if (!isMapping(value)) {
    const message = `a document is ${foundWords(value, true)}, and an object with apiVersion, kind and metadata is expected`;
    return { code: 'wrong-type', path: '', message, hint: 'write each field as its name, a colon, a space and its value' };
  }
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string' || kind === '') return headerProblem(value, 'kind', 'write a kind such as HTTPRoute');
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    const [known = 'gateway.networking.k8s.io/v1'] = apiVersionsOf(kind);
    return headerProblem(value, 'apiVersion', `write apiVersion: ${known}`);
  }
  return { apiVersion, kind };
}

function headerProblem(value: Readonly<Record<string, unknown>>, field: 'apiVersion' | 'kind', hint: string): Details {
  const found = value[field];
  if (found !== undefined && found !== null && found !== '') {
    return { code: 'wrong-type', path: field, message: `\`${field}\` is ${foundWords(found, true)}, and text is expected`, hint };
  }
  const others = Object.keys(value).filter(key => key !== 'apiVersion' && key !== 'kind');
  const misspelt = Object.hasOwn(value, field) ? undefined : nearestName(field, others);
  const what = Object.hasOwn(value, field) ? 'is empty' : 'is missing';
  return misspelt === undefined
    ? { code: 'missing-field', path: field, message: `\`${field}\` ${what}`, hint }
    : { code: 'unknown-field', path: misspelt, message: `unknown field \`${misspelt}\`; did you mean \`${field}\`?`, hint };
}

/** Where a document comes from; `unread`: why it is not what is written there. */
interface DocumentOrigin {
  readonly place: DocumentSource;
  readonly apiVersion: string;
  readonly unread?: string;
}

export function documentFrom(
  { kind, isNamespaced }: KindSpec,
  { metadata, apiVersion: _apiVersion, kind: _kind, status, ...body }: AcceptedDocument,
  { place, apiVersion, unread }: DocumentOrigin,
): Document {
  const content = {
    kind,
    apiVersion,
    namespace: isNamespaced ? (metadata.namespace ?? 'default') : '',
    name: metadata.name,
    createdMs: typeof metadata.creationTimestamp === 'string' ? Date.parse(metadata.creationTimestamp) : 0,
    generation: metadata.generation ?? 0,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...body,
    ...(status === undefined ? {} : { status }),
    ...(unread === undefined ? {} : { unread }),
  };
  // The schema of this kind has checked the body, which the union of all kinds cannot see.
  return { ...content, source: place, hash: contentHash(content) } as unknown as Document;
}

/** `Kind namespace/name`, as far as they are written. */
function objectName(kind: string, value: unknown, spec?: KindSpec): string | undefined {
  const metadata = isMapping(value) ? value['metadata'] : undefined;
  if (!isMapping(metadata) || typeof metadata['name'] !== 'string') return undefined;
  const { name, namespace = spec?.isNamespaced ? 'default' : undefined } = metadata;
  return typeof namespace === 'string' && spec?.isNamespaced !== false ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** Of a Secret only its names may be shown: annotations can hold a copy of all of it. */
function isSecretField(path: readonly PropertyKey[]): boolean {
  return !(path[0] === 'metadata' && (path[1] === 'name' || path[1] === 'namespace'));
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = Reflect.get(found, part);
  }
  return found;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(place: DocumentSource, details: readonly Details[]): RefusedObject {
  const problems = details.map(({ code, message, path, hint, object }): Problem => {
    const optional = {
      ...(object === undefined ? {} : { object }),
      ...(path === '' ? {} : { path }),
      ...(hint === undefined ? {} : { hint }),
    };
    return { severity: 'error', code, ...place.locate(path), message, ...optional };
  });
  return { kind: 'refused', problems };
}
