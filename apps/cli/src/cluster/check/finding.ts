// SPDX-License-Identifier: Apache-2.0
import type { Paint } from '../../terminal/paint.ts';
import { printable } from '../../terminal/printable.ts';

/** What one check came to. */
export interface Finding {
  /** Stable, in kebab-case. */
  readonly check: string;
  readonly state: 'error' | 'ok' | 'warning';
  readonly message: string;
  /** What to do; '' = nothing. */
  readonly hint: string;
}

type Words = Omit<Finding, 'check' | 'state'>;

export function ok(check: string, message: string): Finding {
  return { check, state: 'ok', message, hint: '' };
}

export function warning(check: string, words: Words): Finding {
  return { check, state: 'warning', ...words };
}

export function error(check: string, words: Words): Finding {
  return { check, state: 'error', ...words };
}

/** More names than this are counted. */
const MAX_NAMES = 5;

/** `a, b and 3 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}

/** One line each, and what to do below. Ends with a line feed. */
export function renderFindings(findings: readonly Finding[], paint: Paint): string {
  const marks = { ok: paint.good('✓'), warning: paint.warning('!'), error: paint.bad('✗') };
  return findings
    .map(({ state, message, hint }) => {
      const advice = hint === '' ? '' : `    ${paint.dim(printable(hint))}\n`;
      return `${marks[state]} ${printable(message)}\n${advice}`;
    })
    .join('');
}
