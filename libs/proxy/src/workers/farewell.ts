// SPDX-License-Identifier: Apache-2.0

/** What clients may take, once told of the end, to take the last bytes and to say goodbye. */
export const FAREWELL_MS = 1_000;
