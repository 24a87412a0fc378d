// SPDX-License-Identifier: Apache-2.0

/** Where the pods of a Gateway in a cluster say how they are (TCP): no listener of it can have that port. */
export const GATEWAY_OPERATOR_PORT = 15_021;
