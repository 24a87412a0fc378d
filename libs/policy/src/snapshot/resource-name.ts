// SPDX-License-Identifier: Apache-2.0

/** Unique over all kinds, and stable: `rule/shop/storefront/0`, `backend/shop/catalogue/8080`. */
export type ResourceName = string & { readonly __brand?: 'ResourceName' };
