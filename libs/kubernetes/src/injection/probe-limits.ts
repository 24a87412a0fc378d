// SPDX-License-Identifier: Apache-2.0
import type { Probe } from './pod.ts';

/** As `weir sidecar` takes them: with others it would not start. */
const MAX_TIMEOUT_SECONDS = 600;
const MAX_TEXT = 4_096;
const MAX_SERVICE = 256;
const MAX_HEADERS = 64;
/** RFC 9110 §5.5, in bytes. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/v;

/** What a sidecar could not ask in the kubelet's place, with what to write. */
export function probeLimitProblems({ httpGet, grpc, timeoutSeconds = 1 }: Probe): readonly string[] {
  const { path = '', host = '', httpHeaders } = httpGet ?? {};
  const headers = httpHeaders ?? [];
  const wrong: readonly (readonly [isSo: boolean, what: string])[] = [
    [timeoutSeconds > MAX_TIMEOUT_SECONDS, `timeoutSeconds ${timeoutSeconds}: write at most ${MAX_TIMEOUT_SECONDS}`],
    [path.length > MAX_TEXT, `a path of ${path.length} characters: write at most ${MAX_TEXT}`],
    [!FIELD_VALUE.test(host), 'a host with characters that no host has'],
    [(grpc?.service?.length ?? 0) > MAX_SERVICE, `a service of more than ${MAX_SERVICE} characters`],
    [headers.length > MAX_HEADERS, `${headers.length} fields: write at most ${MAX_HEADERS}`],
    ...headers.map(
      ({ name, value = '' }) => [!isField(value), `field ${name}: write a value of Latin letters, at most ${MAX_TEXT}`] as const,
    ),
  ];
  return wrong.flatMap(([isSo, what]) => (isSo ? [what] : []));
}

function isField(value: string): boolean {
  return value.length <= MAX_TEXT && FIELD_VALUE.test(value);
}
