// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiConnection } from '../api/api-connection.ts';
import type { BoundPod } from './token-reviewer.ts';

const TIMEOUT_MS = 5_000;
const POD = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ hostNetwork: z.boolean().default(false) }),
  status: z.object({ podIPs: z.array(z.object({ ip: z.string() })).default([]) }),
});

/** Reads single Pods of a cluster. */
export class PodReader {
  private readonly api: Pick<ApiConnection, 'ask'>;

  constructor(api: Pick<ApiConnection, 'ask'>) {
    this.api = api;
  }

  /**
   * IP addresses of a Pod, none where it has not been given one yet, or has those of its node; undefined = there is no such Pod, or another
   * one of its name. Rejects where the API server cannot be asked.
   */
  async addressesOf({ namespace, name, uid }: BoundPod): Promise<readonly string[] | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
    try {
      const text = await this.api.ask({ method: 'GET', path, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { metadata, spec, status } = POD.parse(JSON.parse(text));
      if (metadata.uid !== uid) return undefined;
      return spec.hostNetwork ? [] : status.podIPs.map(({ ip }) => ip);
    } catch (reason) {
      if (reason instanceof ApiError && reason.isNotFound) return undefined;
      throw reason;
    }
  }
}
