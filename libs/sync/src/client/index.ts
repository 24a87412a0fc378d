// SPDX-License-Identifier: Apache-2.0
export { AcceptedFile } from './accepted-file.ts';
export type { Accepted, ClientState, Connect, ServerStream, StreamHandler } from './client-core.ts';
export { defaultClientSettings } from './client-settings.ts';
export type { ClientSettings } from './client-settings.ts';
export { connectOverMessages } from './connect-messages.ts';
export type { MessageChannel, MessageEvents } from './connect-messages.ts';
export { connectOver, connectOverTls } from './connect-stream.ts';
export type { Channel, ControlPlaneAddress } from './connect-stream.ts';
export type { Rejection } from './holdings.ts';
export type { Need } from './interests.ts';
export { openSession } from './open-session.ts';
export { RelayOffer } from './relay-offer.ts';
export type { RelayOfferOptions } from './relay-offer.ts';
export { SplitReporter } from './split-reporter.ts';
export type { SplitReporterOptions } from './split-reporter.ts';
export { SyncClient } from './sync-client.ts';
export type { Configuration, SyncClientOptions } from './sync-client.ts';
