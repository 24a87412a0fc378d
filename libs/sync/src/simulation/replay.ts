// SPDX-License-Identifier: Apache-2.0
// Shows one run of the simulation line by line: node libs/sync/src/simulation/replay.ts SEED
import { simulate } from './simulate.ts';

simulate(Number(process.argv[2] ?? 0), line => process.stdout.write(`${line}\n`));
