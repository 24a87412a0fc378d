// SPDX-License-Identifier: Apache-2.0
export function staleReason(root: string): string | undefined;
