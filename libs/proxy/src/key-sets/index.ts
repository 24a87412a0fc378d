// SPDX-License-Identifier: Apache-2.0
export { createHttpKeySetSource } from './http-key-set-source.ts';
export type { HttpKeySetSource, HttpKeySetSourceOptions } from './http-key-set-source.ts';
