// SPDX-License-Identifier: Apache-2.0

/**
 * Ports whose protocols are not HTTP, and mostly begun by the server: SMTP (25, 587), MySQL (3306, 4444 between the nodes of a cluster),
 * PostgreSQL, Redis, Elasticsearch between its nodes, memcached. Only where nothing is declared.
 */
export const OPAQUE_PORTS: ReadonlySet<number> = new Set([25, 587, 3306, 4444, 5432, 6379, 9300, 11_211]);
