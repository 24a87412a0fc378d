// SPDX-License-Identifier: Apache-2.0
export { Http2DownstreamConnection } from './downstream-connection.ts';
export { Http2UpstreamConnection } from './upstream-connection.ts';
export type { Http2UpstreamHost } from './upstream-connection.ts';
export { decodeHuffman } from './hpack/huffman.ts';
export { STATIC_NAMES, STATIC_VALUES } from './hpack/static-table.ts';
export type { ConnectionHost, ServedConnection } from '../engine/connection-host.ts';
export type { Responder, RunningExchange } from '../engine/responder.ts';
export { WriteBatch } from '../http1/socket-writer.ts';
export type { SocketWriter } from '../http1/socket-writer.ts';
