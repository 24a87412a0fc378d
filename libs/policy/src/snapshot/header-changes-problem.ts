// SPDX-License-Identifier: Apache-2.0
import { isCodecField } from '@weir/base';
import type { HeaderChanges } from './filter-spec.ts';
import { splitAuthority } from './authority.ts';

/** A field name is a token (RFC 9110 §5.6.2); lower-case, as everywhere inside. */
const FIELD_NAME = /^[a-z0-9!#$%&'*+\-.^_`|~]+$/;

/** RFC 9110 §5.5: visible characters, space, tab and obs-text; CR, LF and NUL would end the field or split the message. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Says why the changes cannot be made, or undefined where they can. */
export function headerChangesProblem(changes: HeaderChanges): string | undefined {
  for (const name of [...changes.set, ...changes.add].map(field => field.name).concat(changes.remove)) {
    if (!FIELD_NAME.test(name)) return `header name ${JSON.stringify(name)} is not a lower-case token`;
    if (isCodecField(name)) return `header ${name} belongs to the connection and cannot be changed by a filter`;
  }
  for (const { name, value } of [...changes.set, ...changes.add]) {
    if (!FIELD_VALUE.test(value)) return `value of header ${name} has a character that no header may carry`;
  }
  return undefined;
}

/**
 * The same for a request, where Host is a field to its author and the authority to us: it can be set, and not removed, as a request
 * without Host is invalid (RFC 9112 §3.2).
 */
export function requestHeaderChangesProblem(changes: HeaderChanges): string | undefined {
  const problem = headerChangesProblem(changes);
  if (problem !== undefined) return problem;
  if (changes.remove.includes('host')) return 'header host cannot be removed from a request';
  const hosts = [...changes.set, ...changes.add].filter(({ name }) => name === 'host');
  const wrong = hosts.find(({ value }) => splitAuthority(value) === undefined);
  return wrong === undefined ? undefined : `value of header host is not a host with an optional port: ${wrong.value}`;
}
