// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ApiConnection } from '../api/api-connection.ts';
import { audiencesOf } from '../token/token-claims.ts';

/** A user as an API server knows one (UserInfo, authentication.k8s.io/v1), whole: what decides about rights may look at any of it. */
export interface ClusterUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Of tokens that are made for the API of the control plane, and open nothing else. */
export const API_AUDIENCE = 'weir-api';

const TIMEOUT_MS = 5_000;
/** Under way at a time, of all who ask. */
const MAX_REVIEWS = 16;
const MAX_TOKEN_BYTES = 8192;

const USER = z.object({
  username: z.string().default(''),
  uid: z.string().default(''),
  groups: z.array(z.string()).default([]),
  extra: z.record(z.string(), z.array(z.string())).default({}),
});
const REVIEW = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    audiences: z.array(z.string()).default([]),
    user: USER.optional(),
  }),
});

/** Asks the API server whose a token is (TokenReview, authentication.k8s.io/v1): of people as well as of service accounts. */
export class UserReviewer {
  private readonly api: Pick<ApiConnection, 'ask'>;
  private underWay = 0;

  constructor(api: Pick<ApiConnection, 'ask'>) {
    this.api = api;
  }

  /**
   * Undefined = it is nobody's, or for another audience than `weir-api` and those of the API server itself. Rejects where the API server
   * cannot be asked; no error has text of the token.
   */
  async userOf(token: string): Promise<ClusterUser | undefined> {
    if (token === '' || token.length > MAX_TOKEN_BYTES) return undefined;
    if (this.underWay >= MAX_REVIEWS) throw new Error(`${MAX_REVIEWS} tokens are being reviewed already`);
    this.underWay += 1;
    try {
      return await this.review(token);
    } finally {
      this.underWay -= 1;
    }
  }

  private async review(token: string): Promise<ClusterUser | undefined> {
    const isOurs = audiencesOf(token)?.includes(API_AUDIENCE) ?? false;
    // Without audiences those of the API server are meant (TokenReviewSpec): so a person's own token will do, and a proxy's will not.
    const spec = isOurs ? { token, audiences: [API_AUDIENCE] } : { token };
    const answer = await this.api.ask({
      ...{ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', contentType: 'application/json' },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { authenticated, audiences, user } = REVIEW.parse(JSON.parse(answer)).status;
    // An API server that knows nothing of audiences answers without them: then the token may be for anybody.
    if (!authenticated || (isOurs && !audiences.includes(API_AUDIENCE))) return undefined;
    return user === undefined || user.username === '' ? undefined : user;
  }
}
