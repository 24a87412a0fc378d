// SPDX-License-Identifier: Apache-2.0

/** Something wrong that a peer has done, and the answers that RFC 9113 leaves for it. */
export interface Demand {
  /** `stream`: an error of the stream, which may also end the connection (§5.4.1). `optional`: may be borne as well. */
  readonly kind: 'connection' | 'optional' | 'stream';
  readonly codes: readonly number[];
  readonly rule: string;
  /** A request that may be answered with 4xx or 5xx instead of a reset (§8.1.1). */
  readonly mayBeAnswered?: boolean;
}

/** What the connection under test did about a frame. */
export interface Reaction {
  /** Code of a GOAWAY; undefined = none was sent. */
  readonly goAwayCode: number | undefined;
  /** Codes of the resets of the frame's stream. */
  readonly resetCodes: readonly number[];
  /** Statuses of answers on the frame's stream. */
  readonly statuses: readonly number[];
  /** Whether the connection is over, for whatever reason. */
  readonly isOver: boolean;
  /** Whether as many streams are open as may be. */
  readonly isFull: boolean;
  /** Resets of other streams. */
  readonly otherResets: readonly number[];
}

/** Code with which a stream may be reset although its peer did nothing wrong: the answer did not need the rest. */
const NOT_NEEDED = 0;
/** And where there are too many streams. */
const REFUSED = 7;

/** Says what is wrong about a reaction, or nothing. */
export function judge(demands: readonly Demand[], reaction: Reaction): string | undefined {
  const codes = new Set(demands.flatMap(demand => demand.codes));
  const rules = demands.map(({ kind, rule }) => `${kind}: ${rule}`).join('; ');
  const { goAwayCode, resetCodes, statuses } = reaction;
  if (reaction.otherResets.length > 0) return `other streams were reset (${rules})`;
  if (goAwayCode !== undefined && goAwayCode !== 0) {
    return codes.has(goAwayCode) ? undefined : `the connection ended with code ${goAwayCode} (${rules})`;
  }
  const wrong = resetCodes.find(code => !codes.has(code) && code !== NOT_NEEDED && !(code === REFUSED && reaction.isFull));
  if (wrong !== undefined) return `the stream was reset with code ${wrong} (${rules})`;
  const mandatory = demands.filter(({ kind }) => kind !== 'optional');
  if (mandatory.length === 0) return undefined;
  if (mandatory.some(({ kind }) => kind === 'connection')) return `the connection went on (${rules})`;
  if (resetCodes.length > 0 || reaction.isOver) return undefined;
  const isAnswered = demands.some(({ mayBeAnswered }) => mayBeAnswered === true) && statuses.some(status => status >= 400);
  return isAnswered ? undefined : `the stream went on (${rules})`;
}

/** An error of the connection (§5.4.1). */
export function connectionDemand(rule: string, ...codes: readonly number[]): Demand {
  return { kind: 'connection', codes, rule };
}
