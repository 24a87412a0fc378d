// SPDX-License-Identifier: Apache-2.0
import type { Role } from '../subjects/subject.ts';
import { type Field, HpackModel } from './hpack-model.ts';
import { FIRST_WINDOW } from './words.ts';

/** What can be known of a stream from outside (RFC 9113 §5.1). */
export interface StreamState {
  readonly id: number;
  /** Of the request. */
  method: string;
  path: string;
  /** Whether it has sent a final head. */
  hasRemoteHead: boolean;
  interimCount: number;
  isRemoteClosed: boolean;
  isLocalClosed: boolean;
  resetBy: 'nobody' | 'peer' | 'us';
  /** What the peer's body still has to come to. */
  leftBytes: number | undefined;
  /** What the peer may still send, and we. */
  receiveWindow: number;
  sendWindow: number;
}

/** What can be known of a connection from its frames; `us` is the side under test. */
export interface ConnectionState {
  readonly role: Role;
  readonly streams: Map<number, StreamState>;
  /** Highest stream that a peer has opened, or we. */
  lastStreamId: number;
  hasSettings: boolean;
  /** A header block that is not complete. */
  block: { readonly streamId: number; readonly isEnd: boolean; readonly fragments: Buffer[] } | undefined;
  /** Tables of what comes and of what is sent. */
  readonly incoming: HpackModel;
  readonly outgoing: HpackModel;
  receiveWindow: number;
  sendWindow: number;
  /** First windows of streams, as we announced them and as the peer did. */
  receiveStart: number;
  sendStart: number;
  acksDue: number;
  readonly pongsDue: string[];
  hasSentSettings: boolean;
  /** A block of ours that is not complete. */
  sentBlock: { readonly streamId: number; readonly isEnd: boolean; readonly fragments: Buffer[] } | undefined;
  goneCode: number | undefined;
  isPeerGoing: boolean;
  /** Frames that bring nothing: at least and at most as many as docs/limits.md counts. */
  freeFramesAtLeast: number;
  freeFramesAtMost: number;
  completedStreams: number;
  /** Fields of every head section that is sound, in order. */
  readonly heads: (readonly Field[])[];
}

export function createConnectionState(role: Role): ConnectionState {
  return {
    role,
    streams: new Map(),
    lastStreamId: 0,
    hasSettings: false,
    block: undefined,
    incoming: new HpackModel(),
    outgoing: new HpackModel(),
    receiveWindow: FIRST_WINDOW,
    sendWindow: FIRST_WINDOW,
    receiveStart: FIRST_WINDOW,
    sendStart: FIRST_WINDOW,
    acksDue: 0,
    pongsDue: [],
    hasSentSettings: false,
    sentBlock: undefined,
    goneCode: undefined,
    isPeerGoing: false,
    freeFramesAtLeast: 0,
    freeFramesAtMost: 0,
    completedStreams: 0,
    heads: [],
  };
}

/** Makes the state of a stream that has just been opened, by whomever. */
export function openStream(state: ConnectionState, id: number): StreamState {
  const stream: StreamState = {
    id,
    method: '',
    path: '',
    hasRemoteHead: false,
    interimCount: 0,
    isRemoteClosed: false,
    isLocalClosed: false,
    resetBy: 'nobody',
    leftBytes: undefined,
    receiveWindow: state.receiveStart,
    sendWindow: state.sendStart,
  };
  state.streams.set(id, stream);
  state.lastStreamId = Math.max(state.lastStreamId, id);
  return stream;
}

/** Neither side has used the stream yet. */
export function isIdle({ lastStreamId }: ConnectionState, id: number): boolean {
  return id % 2 === 0 || id > lastStreamId;
}

/** Nothing can come of the stream any more. */
export function isOver({ resetBy, isLocalClosed, isRemoteClosed }: StreamState): boolean {
  return resetBy !== 'nobody' || (isLocalClosed && isRemoteClosed);
}
