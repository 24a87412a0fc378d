// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Authority } from '@weir/identity/authority';

/** What is urgent about the authority of the mesh, beside what is wrong with documents: no file is behind it. */
export function authorityProblems(authority: Pick<Authority, 'status'>): readonly Problem[] {
  return authority
    .status()
    .concerns.flatMap(({ code, severity, isUrgent, message }) => (isUrgent ? [{ severity, code, message, hint: HINT }] : []));
}

const HINT = 'weir identity status shows all of it, weir identity rotate begins a rotation to a new root';
