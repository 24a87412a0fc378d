// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { parseDuration } from '@weir/base';
import type { PathMatch, SessionPersistence } from '../../snapshot/index.ts';

/** As it is written, at a route or in a policy. */
export interface SessionSpec {
  readonly sessionName?: string | undefined;
  readonly absoluteTimeout?: string | undefined;
  readonly type: 'Cookie' | 'Header';
  readonly cookieConfig?: { readonly lifetimeType: 'Permanent' | 'Session' } | undefined;
}

export interface SessionOwner {
  /** Tells sessions without a name apart. */
  readonly name: string;
  /** Where the requests go that have a part in them. */
  readonly paths: readonly PathMatch[];
}

const DEFAULT_NAME = 'weir-session';

export function resolveSession(spec: SessionSpec, { name, paths }: SessionOwner): SessionPersistence {
  const written = spec.sessionName ?? '';
  const ownName = written === '' ? `${DEFAULT_NAME}-${shortHash(name)}` : written;
  const lifetime = spec.absoluteTimeout;
  return {
    by: spec.type === 'Header' ? 'header' : 'cookie',
    name: spec.type === 'Header' ? ownName.toLowerCase() : ownName,
    path: spec.type === 'Header' ? '/' : commonPath(paths),
    lifetimeMs: lifetime === undefined ? undefined : parseDuration(lifetime),
    isPermanent: spec.cookieConfig?.lifetimeType === 'Permanent',
  };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** The whole segments that all paths begin with: where a browser has to send the cookie (RFC 6265 §5.1.4). */
function commonPath(paths: readonly PathMatch[]): string {
  if (paths.length === 0 || paths.some(({ kind }) => kind === 'regex')) return '/';
  const [first = [], ...others] = paths.map(({ value }) => value.split('/'));
  const length = first.findIndex((segment, index) => others.some(other => other[index] !== segment));
  const common = (length === -1 ? first : first.slice(0, length)).join('/');
  // A cookie's attributes are separated by semicolons.
  return common === '' || /[;\s]/.test(common) ? '/' : common;
}
