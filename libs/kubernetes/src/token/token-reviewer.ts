// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ApiConnection } from '../api/api-connection.ts';
import { hopelessToken } from './token-claims.ts';

/** A Pod as a token names it. */
export interface BoundPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Who presents a token. */
export type TokenVerdict =
  /** `identity` is NAMESPACE/SERVICE-ACCOUNT; `pod` is undefined where the token is not bound to one. */
  | { readonly kind: 'known'; readonly identity: string; readonly pod: BoundPod | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** Tokens are mounted for it, so that one which is for the API server or somebody else proves nothing here. */
const AUDIENCE = 'weir';
/** A proxy waits 10 s for its certificate. */
const TIMEOUT_MS = 5_000;
/** Under way at a time, of all who ask: more are told to come again. */
const MAX_REVIEWS = 64;

const ACCOUNT = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/;
const STATUS = z.object({
  authenticated: z.boolean().default(false),
  audiences: z.array(z.string()).default([]),
  error: z.string().default(''),
  user: z
    .object({ username: z.string().default(''), extra: z.record(z.string(), z.array(z.string())).default({}) })
    .default({ username: '', extra: {} }),
});
const REVIEW = z.object({ status: STATUS });
type ReviewStatus = z.infer<typeof STATUS>;

/** Asks the API server who presents a token (TokenReview, authentication.k8s.io/v1), and for whom the token is. */
export class TokenReviewer {
  private readonly api: Pick<ApiConnection, 'ask'>;
  private underWay = 0;

  constructor(api: Pick<ApiConnection, 'ask'>) {
    this.api = api;
  }

  /** Rejects where the API server cannot be asked; no error has text of the token. */
  async review(token: string): Promise<TokenVerdict> {
    const reason = hopelessToken(token, AUDIENCE);
    if (reason !== undefined) return { kind: 'refused', reason };
    if (this.underWay >= MAX_REVIEWS) throw new Error(`${MAX_REVIEWS} tokens are being reviewed already`);
    this.underWay += 1;
    try {
      return verdictOf(await this.ask(token));
    } finally {
      this.underWay -= 1;
    }
  }

  private async ask(token: string): Promise<ReviewStatus> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [AUDIENCE] } };
    const answer = await this.api.ask({
      ...{ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', contentType: 'application/json' },
      ...{ body: JSON.stringify(review), signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
    return REVIEW.parse(JSON.parse(answer)).status;
  }
}

function verdictOf({ authenticated, audiences, error, user }: ReviewStatus): TokenVerdict {
  if (!authenticated) return refused(`the API server does not believe the token${error === '' ? '' : `: ${error}`}`);
  // An API server that knows nothing of audiences answers without them: then the token may be for anybody (TokenReviewStatus).
  if (!audiences.includes(AUDIENCE)) return refused(`the API server does not say that the token is for ${AUDIENCE}`);
  const { namespace, name } = ACCOUNT.exec(user.username)?.groups ?? {};
  if (namespace === undefined || name === undefined) return refused(`${user.username} is no service account`);
  const [pod] = user.extra['authentication.kubernetes.io/pod-name'] ?? [];
  const [uid] = user.extra['authentication.kubernetes.io/pod-uid'] ?? [];
  const isBound = pod !== undefined && uid !== undefined;
  return { kind: 'known', identity: `${namespace}/${name}`, pod: isBound ? { namespace, name: pod, uid } : undefined };
}

function refused(reason: string): TokenVerdict {
  return { kind: 'refused', reason };
}
