// SPDX-License-Identifier: Apache-2.0
import type { TestFrame } from '@weir/testing';
import { type ConnectionState, isOver } from './connection-state.ts';
import { connectionDemand, type Demand } from './demand.ts';
import { BIT, CODE, MAX_FRAME, MAX_WINDOW, SETTING_ID } from './words.ts';

const LARGEST_FRAME_SIZE = 2 ** 24 - 1;

/** SETTINGS (RFC 9113 §6.5). */
export function receiveSettings(state: ConnectionState, { flags, streamId, payload }: TestFrame): readonly Demand[] {
  if (streamId !== 0) return [connectionDemand('SETTINGS on a stream', CODE.protocol, CODE.frameSize)];
  if ((flags & BIT.ack) !== 0) {
    return payload.length === 0 ? [] : [connectionDemand('an acknowledgement with settings', CODE.frameSize)];
  }
  if (payload.length % 6 !== 0) return [connectionDemand('the length of SETTINGS', CODE.frameSize)];
  if (state.hasSettings) state.freeFramesAtLeast += 1;
  state.freeFramesAtMost += 1;
  state.hasSettings = true;
  state.acksDue += 1;
  const demands: Demand[] = [];
  for (let at = 0; at < payload.length; at += 6) {
    demands.push(...settingDemands(state, payload.readUInt16BE(at), payload.readUInt32BE(at + 2)));
  }
  return demands;
}

function settingDemands(state: ConnectionState, id: number, value: number): readonly Demand[] {
  switch (id) {
    case SETTING_ID.push: {
      // What a server says of pushes can only be that there are none (§6.5.2).
      const largest = state.role === 'client' ? 0 : 1;
      return value > largest ? [connectionDemand('SETTINGS_ENABLE_PUSH', CODE.protocol)] : [];
    }
    case SETTING_ID.connect:
      return value > 1 ? [connectionDemand('SETTINGS_ENABLE_CONNECT_PROTOCOL', CODE.protocol)] : [];
    case SETTING_ID.frameSize:
      return value < MAX_FRAME || value > LARGEST_FRAME_SIZE ? [connectionDemand('SETTINGS_MAX_FRAME_SIZE', CODE.protocol)] : [];
    case SETTING_ID.tableSize:
      state.outgoing.allow(value);
      return [];
    case SETTING_ID.window:
      return value > MAX_WINDOW
        ? [connectionDemand('SETTINGS_INITIAL_WINDOW_SIZE', CODE.flowControl)]
        : moveWindows(state, value);
    default:
      return [];
  }
}

/** §6.9.2: windows of open streams move with it, below 0 too. */
function moveWindows(state: ConnectionState, start: number): readonly Demand[] {
  const growth = start - state.sendStart;
  state.sendStart = start;
  let isBeyond = false;
  for (const stream of state.streams.values()) {
    if (isOver(stream)) continue;
    stream.sendWindow += growth;
    isBeyond ||= stream.sendWindow > MAX_WINDOW;
  }
  return isBeyond ? [connectionDemand('a window beyond 2^31-1', CODE.flowControl)] : [];
}
