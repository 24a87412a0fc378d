// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ApiConnection } from '../api/api-connection.ts';
import type { ClusterUser } from './user-reviewer.ts';

/** What somebody wants to do to objects (ResourceAttributes, authorization.k8s.io/v1). */
export interface ResourceAccess {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent = in all namespaces, or of a kind without. */
  readonly namespace?: string;
  readonly name?: string;
}

const TIMEOUT_MS = 5_000;
const REVIEW = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Asks the API server what a user may do. */
export class AccessReviewer {
  private readonly api: Pick<ApiConnection, 'ask'>;

  constructor(api: Pick<ApiConnection, 'ask'>) {
    this.api = api;
  }

  /** SubjectAccessReview. Rejects where the API server cannot be asked. */
  async isAllowed({ username: user, uid, groups, extra }: ClusterUser, resourceAttributes: ResourceAccess): Promise<boolean> {
    return this.review('SubjectAccessReview', { user, uid, groups, extra, resourceAttributes });
  }

  /** SelfSubjectAccessReview: whether the one who asks may. Rejects where the API server cannot be asked. */
  async mayI(resourceAttributes: ResourceAccess): Promise<boolean> {
    return this.review('SelfSubjectAccessReview', { resourceAttributes });
  }

  private async review(kind: string, spec: object): Promise<boolean> {
    const answer = await this.api.ask({
      ...{ method: 'POST', path: `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`, contentType: 'application/json' },
      body: JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return REVIEW.parse(JSON.parse(answer)).status.allowed;
  }
}
