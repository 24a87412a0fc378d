// SPDX-License-Identifier: Apache-2.0
import { ApiError, NAMESPACE_ENDS } from './cluster-api.ts';
import type { ClusterObject, ObjectPage, WatchEvent } from './cluster-api.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What an answer that is no success says (meta/v1 Status, or whatever stands before the API server). */
export function errorFrom(status: number, text: string): ApiError {
  const found = parseFields(text);
  const message = textOf(found?.['message']) || text.slice(0, 300).trim() || 'no reason was given';
  const reason = isOfEndingNamespace(found) ? NAMESPACE_ENDS : textOf(found?.['reason']);
  return new ApiError(status, { reason, message: `the API server answers ${status}: ${message}` });
}

/** The one cause that asks for another answer than its status, which is that of missing rights. */
function isOfEndingNamespace(found: Fields | undefined): boolean {
  const causes = asFields(found?.['details'])?.['causes'];
  return Array.isArray(causes) && causes.some(cause => asFields(cause)?.['reason'] === NAMESPACE_ENDS);
}

/** Throws ApiError where it is no list. */
export function pageFrom(text: string): ObjectPage {
  const list = parseFields(text);
  const metadata = asFields(list?.['metadata']);
  const items = list?.['items'];
  if (list === undefined || metadata === undefined || !(Array.isArray(items) || items === null)) {
    throw new ApiError(200, { reason: '', message: 'the API server answers with what is no list' });
  }
  // Items of a list carry neither, as all of them have the same.
  const kind = textOf(list['kind']).replace(/List$/, '');
  const apiVersion = textOf(list['apiVersion']);
  const next = textOf(metadata['continue']);
  return {
    items: (items ?? []).map((item: Fields) => ({ ...item, apiVersion, kind }) as unknown as ClusterObject),
    resourceVersion: textOf(metadata['resourceVersion']),
    next: next === '' ? undefined : next,
  };
}

/** Throws ApiError where it is no object. */
export function objectFrom(text: string): ClusterObject {
  const object = parseFields(text);
  if (object === undefined || typeof asFields(object['metadata'])?.['name'] !== 'string') {
    throw new ApiError(200, { reason: '', message: 'the API server answers with what is no object' });
  }
  return object as unknown as ClusterObject;
}

/** Of one line of a watch. Throws ApiError where it says that the watch has failed, or is none. */
export function watchEventFrom(line: string): WatchEvent {
  const found = parseFields(line);
  const object = asFields(found?.['object']);
  if (found === undefined || object === undefined) {
    throw new ApiError(200, { reason: '', message: 'the API server says what is no event of a watch' });
  }
  switch (found['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'changed', object: object as unknown as ClusterObject };
    case 'DELETED':
      return { kind: 'removed', object: object as unknown as ClusterObject };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: textOf(asFields(object['metadata'])?.['resourceVersion']) };
    default:
      throw errorFrom(Number(object['code'] ?? 500), JSON.stringify(object));
  }
}

function parseFields(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
