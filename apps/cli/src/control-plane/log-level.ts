// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { ControlPlaneEvent } from '@weir/control-plane';

/** The least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LEVELS: Readonly<Record<Exclude<ControlPlaneEvent['kind'], 'problems'>, LogLevel>> = {
  asked: 'debug',
  changed: 'info',
  recovered: 'info',
  joined: 'info',
  rotation: 'info',
  rollout: 'info',
  'api-refused': 'warn',
  'not-certified': 'warn',
  'peer-refused': 'warn',
  note: 'warn',
};

/** How important an event is. */
export function levelOf(event: ControlPlaneEvent): LogLevel {
  if (event.kind !== 'problems') return LEVELS[event.kind];
  return event.problems.some(({ severity }) => severity === 'error') ? 'error' : 'warn';
}

export function levelOfProblem({ severity }: Problem): LogLevel {
  return severity === 'error' ? 'error' : 'warn';
}

export function isLogged(event: ControlPlaneEvent, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(levelOf(event)) >= LOG_LEVELS.indexOf(least);
}
