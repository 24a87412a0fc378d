// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { format } from 'prettier';
import { contractRevisions } from './contract-problems.ts';
import type { Contract } from './contract-problems.ts';
import type { WrittenShape } from './shapes-from-types.ts';

export const CONTRACT_FILE = 'libs/sync/src/contract/generated/shapes.ts';

/** The module that proxies check resources with, and that the next change of a type is compared with. */
export function contractFile(shapes: Readonly<Record<string, WrittenShape>>): Promise<string> {
  const text = `// SPDX-License-Identifier: Apache-2.0
// Written by npm run generate:contract from the types in libs/policy/src/snapshot.
import type { Shapes } from '../shape.ts';

/** Revisions of the contracts that the shapes were recorded for. */
export const RECORDED_REVISIONS: Readonly<Record<string, number>> = ${JSON.stringify(contractRevisions())};

export const SHAPES: Shapes = ${JSON.stringify(shapes)};
`;
  return format(text, { parser: 'typescript', singleQuote: true, printWidth: 130, arrowParens: 'avoid', trailingComma: 'all' });
}

/** What was written last. */
export async function recordedContract(root: string): Promise<Contract> {
  const module: unknown = await import(join(root, CONTRACT_FILE));
  const { RECORDED_REVISIONS, SHAPES } = module as {
    readonly RECORDED_REVISIONS: Contract['revisions'];
    readonly SHAPES: Contract['shapes'];
  };
  return { revisions: RECORDED_REVISIONS, shapes: SHAPES };
}
