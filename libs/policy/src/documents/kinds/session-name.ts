// SPDX-License-Identifier: Apache-2.0
import { isCodecField, isProtectedRequestField } from '@weir/base';

/** What a header may be called, and a cookie (RFC 6265 §4.1.1: a token). */
const NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

interface NamedSession {
  readonly sessionName?: string | undefined;
  readonly type: 'Cookie' | 'Header';
}

/** Why a session cannot have its name; Gateway API lets any text be one. */
export function sessionNameProblem({ sessionName = '', type }: NamedSession): string | undefined {
  if (sessionName === '') return undefined;
  if (!NAME.test(sessionName)) return `is no name that a ${type.toLowerCase()} can have`;
  const header = sessionName.toLowerCase();
  if (type === 'Cookie' || !(isCodecField(header) || isProtectedRequestField(header) || header.includes('cookie'))) {
    return undefined;
  }
  return 'is a header that HTTP or Weir itself needs';
}
