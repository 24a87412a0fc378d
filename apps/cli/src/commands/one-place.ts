// SPDX-License-Identifier: Apache-2.0
import { CommandFailure, EXIT } from '../exit-code.ts';

/** Documents are of a directory or of a cluster. Throws CommandFailure. */
export function assertOnePlace(directory: string | undefined, isInCluster: boolean): void {
  if (isInCluster !== (directory !== undefined)) return;
  throw new CommandFailure(EXIT.usage, 'name a directory of documents, or say --cluster');
}
