// SPDX-License-Identifier: Apache-2.0
// For processes that carry no traffic in the thread that has the sidecar.
export { Sidecar } from './sidecar.ts';
