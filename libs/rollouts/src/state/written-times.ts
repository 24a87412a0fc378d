// SPDX-License-Identifier: Apache-2.0

/** Names of a part whose times are RFC 3339: `atMs` is `at`. */
export type WithWrittenTimes<Part> = {
  readonly [Name in keyof Part as Name extends `${infer Stem}Ms` ? Stem : Name]: Name extends `${string}Ms`
    ? string | Extract<Part[Name], undefined>
    : Part[Name];
};

/** All of the names that times of a state have where they are written. */
const WRITTEN_TIMES: ReadonlySet<string> = new Set(['arrivedAt', 'at', 'from', 'haltedAt', 'requestedAt']);

/** RFC 3339 with milliseconds, in UTC. */
export function writtenTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Undefined where there is no such part. */
export function withWrittenTimes<Part extends object>(part: Part | undefined): WithWrittenTimes<Part> | undefined {
  if (part === undefined) return undefined;
  const written = Object.entries(part).map(([name, value]: [string, unknown]) =>
    name.endsWith('Ms') && typeof value === 'number' ? [name.slice(0, -2), writtenTime(value)] : [name, value],
  );
  return Object.fromEntries(written) as WithWrittenTimes<Part>;
}

/** The way back. */
export function withReadTimes<Part extends object>(part: WithWrittenTimes<Part> | undefined): Part | undefined {
  if (part === undefined) return undefined;
  const read = Object.entries(part).map(([name, value]: [string, unknown]) =>
    WRITTEN_TIMES.has(name) && typeof value === 'string' ? [`${name}Ms`, Date.parse(value)] : [name, value],
  );
  return Object.fromEntries(read) as Part;
}
