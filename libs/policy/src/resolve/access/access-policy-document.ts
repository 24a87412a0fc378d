// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';

export type AccessPolicyDocument = DocumentOf<'AccessPolicy'>;
export type ConsumerDocument = DocumentOf<'Consumer'>;
export type AccessPolicySpec = AccessPolicyDocument['spec'];
