// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import { SCRIPTED_PATHS } from '../subjects/scripted-exchange.ts';
import { type ConnectionState, isIdle, type StreamState } from './connection-state.ts';
import { connectionDemand, type Demand } from './demand.ts';
import { BIT, CODE, TYPE } from './words.ts';

/** Bodies that nobody reads to their end: what is wrong about them shows when they are read, if ever. */
const UNREAD_PATHS: ReadonlySet<string> = new Set([SCRIPTED_PATHS.hold, SCRIPTED_PATHS.stuck]);
/** A body that differs from its content-length. */
export const BODY_UNLIKE_LENGTH = 'a body unlike content-length';
const NO_DEMANDS: readonly Demand[] = [];

/** DATA (RFC 9113 §6.1). */
export function receiveData(state: ConnectionState, frame: TestFrame): readonly Demand[] {
  const { streamId, flags, payload } = frame;
  if (streamId === 0) return [connectionDemand('DATA without a stream', CODE.protocol)];
  const isEnd = (flags & BIT.endStream) !== 0;
  const dataBytes = dataBytesOf(frame);
  if (!isEnd && (dataBytes ?? 0) === 0) {
    state.freeFramesAtMost += 1;
    if (dataBytes === 0) state.freeFramesAtLeast += 1;
  }
  const padding = dataBytes === undefined ? [connectionDemand('more padding than payload', CODE.protocol, CODE.frameSize)] : [];
  if (isIdle(state, streamId)) return [connectionDemand('DATA of an idle stream', CODE.protocol, CODE.streamClosed), ...padding];
  state.receiveWindow -= payload.length;
  const window = state.receiveWindow < 0 ? [connectionDemand('more than the window of the connection', CODE.flowControl)] : [];
  return [...window, ...padding, ...receiveOnStream(state, frame, dataBytes ?? 0)];
}

/** Without padding; undefined where there is more of that than payload. */
function dataBytesOf({ flags, payload }: TestFrame): number | undefined {
  if ((flags & BIT.padded) === 0) return payload.length;
  const bytes = payload.length - 1 - (payload[0] ?? 0);
  return bytes < 0 ? undefined : bytes;
}

function receiveOnStream(state: ConnectionState, frame: TestFrame, dataBytes: number): readonly Demand[] {
  const stream = state.streams.get(frame.streamId);
  // A stream that was passed over counts as closed (§5.1.1).
  if (stream === undefined) return [closed('stream')];
  if (stream.resetBy === 'us') return [closed('optional')];
  if (stream.resetBy === 'peer' || stream.isRemoteClosed) return [closed('stream')];
  stream.receiveWindow -= frame.payload.length;
  const window: readonly Demand[] =
    stream.receiveWindow < 0 ? [{ kind: 'stream', codes: [CODE.flowControl], rule: 'more than the window of the stream' }] : [];
  return [...window, ...lengthDemands(state, stream, { dataBytes, isEnd: (frame.flags & BIT.endStream) !== 0 })];
}

/** §8.1.1: a length that is not the sum of the DATA; and in a response, no DATA before the head. */
function lengthDemands(
  state: ConnectionState,
  stream: StreamState,
  { dataBytes, isEnd }: { readonly dataBytes: number; readonly isEnd: boolean },
): readonly Demand[] {
  const isHeadless = state.role === 'client' && !stream.hasRemoteHead && (dataBytes > 0 || isEnd);
  if (stream.leftBytes !== undefined) stream.leftBytes -= dataBytes;
  const isWrong = stream.leftBytes !== undefined && (stream.leftBytes < 0 || (isEnd && stream.leftBytes > 0));
  if (isEnd) endRemote(state, stream);
  if (isHeadless) return [{ ...bodyDemand(stream), rule: 'DATA before the head' }];
  return isWrong ? [bodyDemand(stream)] : NO_DEMANDS;
}

/** A body unlike what was said of it. One that nobody reads shows that later, and a stream that is over on both sides needs no reset. */
export function bodyDemand(stream: StreamState): Demand {
  const isUnread = UNREAD_PATHS.has(stream.path) || (stream.path === SCRIPTED_PATHS.now && !stream.isLocalClosed);
  const isOver = stream.isRemoteClosed && stream.isLocalClosed;
  return { kind: isUnread || isOver ? 'optional' : 'stream', codes: [CODE.protocol], rule: BODY_UNLIKE_LENGTH };
}

/** The peer's side of a stream is complete. */
export function endRemote(state: ConnectionState, stream: StreamState): void {
  stream.isRemoteClosed = true;
  if (stream.isLocalClosed) state.completedStreams += 1;
}

function closed(kind: 'optional' | 'stream'): Demand {
  return { kind, codes: [CODE.streamClosed], rule: `a frame of a closed stream (type ${TYPE.data} or ${TYPE.headers})` };
}
