// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection, ApiRequest } from '../api/api-connection.ts';
import { objectFrom } from '../api/api-answer.ts';
import { ApiError, collectionPath } from '../api/cluster-api.ts';
import type { ClusterObject } from '../api/cluster-api.ts';
import type { ObjectPlace, ObjectWriter, WrittenObject } from './object-writer.ts';

/** Whose fields they are (metadata.managedFields). */
export const FIELD_MANAGER = 'weir';
/** Of what whoever drives Rollouts writes into their statuses, beside what `weir` says there of the same objects. */
export const ROLLOUTS_MANAGER = 'weir-rollouts';

export type FieldManager = typeof FIELD_MANAGER | typeof ROLLOUTS_MANAGER;

/** JSON is YAML; the type of its own for JSON is not known to API servers before 1.33. */
const APPLY = 'application/apply-patch+yaml';
const JSON_TYPE = 'application/json';

/** Objects of the API server that a connection leads to, written as one of the managers. */
export class ClusterWriter implements ObjectWriter {
  private readonly connection: Pick<ApiConnection, 'ask'>;
  private readonly manager: FieldManager;

  constructor(connection: Pick<ApiConnection, 'ask'>, manager: FieldManager = FIELD_MANAGER) {
    this.connection = connection;
    this.manager = manager;
  }

  async get(place: ObjectPlace, signal: AbortSignal): Promise<ClusterObject | undefined> {
    return whereThere(() => this.ask({ method: 'GET', path: objectPath(place), signal }));
  }

  apply(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.patch(objectPath(place), object, signal);
  }

  applyStatus(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.patch(`${objectPath(place)}/status`, object, signal);
  }

  create(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    const path = `${folderPath(place)}?fieldManager=${this.manager}`;
    return this.ask({ method: 'POST', path, body: JSON.stringify(object), contentType: JSON_TYPE, signal });
  }

  replace(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    const path = `${objectPath(place)}?fieldManager=${this.manager}`;
    return this.ask({ method: 'PUT', path, body: JSON.stringify(object), contentType: JSON_TYPE, signal });
  }

  async remove(place: ObjectPlace, signal: AbortSignal): Promise<void> {
    const path = `${objectPath(place)}?propagationPolicy=Background`;
    await whereThere(() => this.connection.ask({ method: 'DELETE', path, signal }));
  }

  private patch(path: string, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    const query = `fieldManager=${this.manager}&force=true`;
    return this.ask({ method: 'PATCH', path: `${path}?${query}`, body: JSON.stringify(object), contentType: APPLY, signal });
  }

  private async ask(request: ApiRequest): Promise<ClusterObject> {
    return objectFrom(await this.connection.ask(request));
  }
}

/** Undefined where the API server says that there is no such object. */
async function whereThere<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (reason) {
    if (reason instanceof ApiError && reason.isNotFound) return undefined;
    throw reason;
  }
}

/** Where objects of its kind and namespace are. */
function folderPath({ resource, namespace }: ObjectPlace): string {
  const path = collectionPath(resource);
  if (!resource.isNamespaced) return path;
  const at = path.lastIndexOf('/');
  return `${path.slice(0, at)}/namespaces/${encodeURIComponent(namespace)}${path.slice(at)}`;
}

function objectPath(place: ObjectPlace): string {
  return `${folderPath(place)}/${encodeURIComponent(place.name)}`;
}
