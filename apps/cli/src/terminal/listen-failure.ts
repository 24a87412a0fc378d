// SPDX-License-Identifier: Apache-2.0
import type { ListenError } from '@weir/proxy';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** Ends a command whose ports are not free: who has them, and what to do. */
export function listenFailure(errors: readonly ListenError[]): CommandFailure {
  return new CommandFailure(EXIT.listen, errors.map(({ message, hint }) => `${message}\n    ${hint}`).join('\nweir: '));
}
