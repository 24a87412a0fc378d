// SPDX-License-Identifier: Apache-2.0
export { createEngine } from './engine.ts';
export type { Engine } from './engine.ts';
