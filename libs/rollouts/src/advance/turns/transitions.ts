// SPDX-License-Identifier: Apache-2.0
import { ABORT_TURNS } from './abort-turns.ts';
import { DOCUMENT_TURNS } from './document-turns.ts';
import { ONWARD_TURNS } from './onward-turns.ts';
import type { Transition } from './transition.ts';

/** Every way from one phase to another that no person has to ask for; of those that are due the first one is taken. */
export const TRANSITIONS: readonly Transition[] = [...DOCUMENT_TURNS, ...ABORT_TURNS, ...ONWARD_TURNS];
