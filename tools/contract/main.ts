// SPDX-License-Identifier: Apache-2.0
// Records what the resources of this version look like, for proxies to check them; refuses what older control planes' would not pass.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_FILE, contractFile, recordedContract } from './contract-file.ts';
import { contractProblems } from './contract-problems.ts';
import { shapesFromTypes } from './shapes-from-types.ts';

const ROOT = join(import.meta.dirname, '../..');

const shapes = shapesFromTypes(ROOT);
const path = join(ROOT, CONTRACT_FILE);
const problems = existsSync(path) ? contractProblems(await recordedContract(ROOT), shapes) : [];
for (const problem of problems) console.error(problem);
if (problems.length === 0) writeFileSync(path, await contractFile(shapes));
else process.exitCode = 1;
