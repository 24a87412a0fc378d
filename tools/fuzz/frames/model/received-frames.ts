// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import { type ConnectionState, isIdle, isOver } from './connection-state.ts';
import { connectionDemand, type Demand } from './demand.ts';
import { receiveData } from './received-data.ts';
import { receiveBlock } from './received-sections.ts';
import { receiveSettings } from './received-settings.ts';
import { BIT, CODE, MAX_FRAME, MAX_WINDOW, TYPE, WEIR_LIMITS } from './words.ts';

const SMALL_INCREMENT = 256;
const SMALL_CONTINUATION = 256;

/** What RFC 9113 demands of the receiver of this frame; notes what the frame changes. */
export function receiveFrame(state: ConnectionState, frame: TestFrame): readonly Demand[] {
  const before = orderDemands(state, frame);
  if (before.length > 0) return before;
  const demands = RECEIVERS.get(frame.type)?.(state, frame) ?? receiveUnknown(state);
  return [...demands, ...floodDemands(state)];
}

type Receive = (state: ConnectionState, frame: TestFrame) => readonly Demand[];

const RECEIVERS: ReadonlyMap<number, Receive> = new Map<number, Receive>([
  [TYPE.data, receiveData],
  [TYPE.headers, receiveHeaders],
  [TYPE.priority, receivePriority],
  [TYPE.reset, receiveReset],
  [TYPE.settings, receiveSettings],
  [TYPE.push, () => [connectionDemand('a push that was not allowed', CODE.protocol)]],
  [TYPE.ping, receivePing],
  [TYPE.goAway, receiveGoAway],
  [TYPE.windowUpdate, receiveWindowUpdate],
  [TYPE.continuation, receiveContinuation],
]);

/** Sizes and order, whatever the frame is (§3.4, §4.2, §6.10). */
function orderDemands(state: ConnectionState, { type, flags, streamId, payload }: TestFrame): readonly Demand[] {
  if (payload.length > MAX_FRAME) return [connectionDemand('a frame that is too large', CODE.frameSize)];
  if (!state.hasSettings && (type !== TYPE.settings || (flags & BIT.ack) !== 0)) {
    return [connectionDemand('the first frame is no SETTINGS', CODE.protocol, CODE.frameSize)];
  }
  const { block } = state;
  if (block !== undefined && (type !== TYPE.continuation || streamId !== block.streamId)) {
    return [connectionDemand('another frame within a header block', CODE.protocol)];
  }
  return [];
}

function receiveUnknown(state: ConnectionState): readonly Demand[] {
  return free(state);
}

/** §6.3: what it says is ignored, and only how long it is matters. Depending on oneself was an error once (RFC 7540 §5.3.1). */
function receivePriority(state: ConnectionState, { streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId === 0) return [connectionDemand('PRIORITY without a stream', CODE.protocol, CODE.frameSize)];
  if (payload.length !== 5) return [{ kind: 'stream', codes: [CODE.frameSize], rule: 'the length of PRIORITY' }];
  free(state);
  return payload.readUInt32BE(0) % 2 ** 31 === streamId ? [selfDependency()] : [];
}

function receiveReset(state: ConnectionState, { streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId === 0) return [connectionDemand('a reset without a stream', CODE.protocol, CODE.frameSize)];
  if (payload.length !== 4) return [connectionDemand('the length of RST_STREAM', CODE.frameSize, CODE.protocol)];
  if (isIdle(state, streamId)) return [connectionDemand('a reset of an idle stream', CODE.protocol)];
  const stream = state.streams.get(streamId);
  if (stream !== undefined && !isOver(stream)) stream.resetBy = 'peer';
  return free(state);
}

function receivePing(state: ConnectionState, { flags, streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId !== 0) return [connectionDemand('PING on a stream', CODE.protocol, CODE.frameSize)];
  if (payload.length !== 8) return [connectionDemand('the length of PING', CODE.frameSize)];
  if ((flags & BIT.ack) !== 0) return [];
  state.pongsDue.push(payload.toString('hex'));
  return free(state);
}

function receiveGoAway(state: ConnectionState, { streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId !== 0) return [connectionDemand('GOAWAY on a stream', CODE.protocol, CODE.frameSize)];
  if (payload.length < 8) return [connectionDemand('the length of GOAWAY', CODE.frameSize)];
  state.isPeerGoing = true;
  const last = payload.readUInt32BE(0) % 2 ** 31;
  if (state.role === 'client') {
    for (const stream of state.streams.values()) if (stream.id > last && stream.resetBy === 'nobody') stream.resetBy = 'peer';
  }
  return [];
}

function receiveWindowUpdate(state: ConnectionState, { streamId, payload }: TestFrame): readonly Demand[] {
  if (payload.length !== 4) return [connectionDemand('the length of WINDOW_UPDATE', CODE.frameSize, CODE.protocol)];
  const increment = payload.readUInt32BE(0) % 2 ** 31;
  if (streamId === 0) {
    if (increment === 0) return [connectionDemand('a window update of 0', CODE.protocol)];
    state.sendWindow += increment;
    return state.sendWindow > MAX_WINDOW ? [connectionDemand('a window beyond 2^31-1', CODE.flowControl)] : [];
  }
  if (isIdle(state, streamId)) return [connectionDemand('a window of an idle stream', CODE.protocol)];
  if (increment < SMALL_INCREMENT) state.freeFramesAtMost += 1;
  const stream = state.streams.get(streamId);
  if (stream === undefined || isOver(stream)) return increment === 0 ? [windowDemand('optional', CODE.protocol)] : [];
  if (increment === 0) return [windowDemand('stream', CODE.protocol)];
  stream.sendWindow += increment;
  return stream.sendWindow > MAX_WINDOW ? [windowDemand('stream', CODE.flowControl)] : [];
}

function windowDemand(kind: Demand['kind'], code: number): Demand {
  return { kind, codes: [code], rule: code === CODE.protocol ? 'a window update of 0' : 'the window of a stream beyond 2^31-1' };
}

/** §6.2. */
function receiveHeaders(state: ConnectionState, { flags, streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId === 0) return [connectionDemand('HEADERS without a stream', CODE.protocol, CODE.frameSize)];
  const isPadded = (flags & BIT.padded) !== 0;
  const hasPriority = (flags & BIT.priority) !== 0;
  const start = (isPadded ? 1 : 0) + (hasPriority ? 5 : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (start > end) return [connectionDemand('more padding than payload', CODE.protocol, CODE.frameSize)];
  const dependsOn = hasPriority ? payload.readUInt32BE(start - 5) % 2 ** 31 : undefined;
  const demands = dependsOn === streamId ? [selfDependency()] : [];
  state.block = { streamId, isEnd: (flags & BIT.endStream) !== 0, fragments: [payload.subarray(start, end)] };
  return [...demands, ...((flags & BIT.endHeaders) === 0 ? [] : receiveBlock(state))];
}

function receiveContinuation(state: ConnectionState, { flags, payload }: TestFrame): readonly Demand[] {
  const { block } = state;
  if (block === undefined) return [connectionDemand('a continuation of nothing', CODE.protocol)];
  block.fragments.push(payload);
  if (payload.length === 0) free(state);
  else if (payload.length < SMALL_CONTINUATION) state.freeFramesAtMost += 1;
  const bytes = block.fragments.reduce((sum, fragment) => sum + fragment.length, 0);
  if (bytes > WEIR_LIMITS.blockBytes) return [connectionDemand('a header block beyond the limit', CODE.calm)];
  return (flags & BIT.endHeaders) === 0 ? [] : receiveBlock(state);
}

function floodDemands(state: ConnectionState): readonly Demand[] {
  const rule = 'frames that bring nothing';
  if (state.freeFramesAtLeast > WEIR_LIMITS.freeFrames + state.completedStreams) return [connectionDemand(rule, CODE.calm)];
  return state.freeFramesAtMost > WEIR_LIMITS.freeFrames ? [{ kind: 'optional', codes: [CODE.calm], rule }] : [];
}

function free(state: ConnectionState): readonly Demand[] {
  state.freeFramesAtLeast += 1;
  state.freeFramesAtMost += 1;
  return [];
}

function selfDependency(): Demand {
  return { kind: 'optional', codes: [CODE.protocol], rule: 'a stream that depends on itself' };
}
