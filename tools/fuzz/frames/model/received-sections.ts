// SPDX-License-Identifier: Apache-2.0
import { type ConnectionState, isIdle, openStream, type StreamState } from './connection-state.ts';
import { connectionDemand, type Demand } from './demand.ts';
import { BlockError, type Field } from './hpack-model.ts';
import { declaredLength, only, whyNoRequest, whyNoResponse, whyNoTrailers, whyStricter, whyUnserved } from './message-rules.ts';
import { bodyDemand, endRemote } from './received-data.ts';
import { CODE, WEIR_LIMITS } from './words.ts';

/** A header block that is complete (RFC 9113 §4.3, §5.1.1, §8.1). */
export function receiveBlock(state: ConnectionState): readonly Demand[] {
  const { block } = state;
  if (block === undefined) return [];
  state.block = undefined;
  const fields = decode(state, Buffer.concat(block.fragments));
  if (fields === undefined) return [connectionDemand('a block that cannot be decoded', CODE.compression)];
  const stream = state.streams.get(block.streamId);
  const section = { fields, isEnd: block.isEnd };
  if (stream !== undefined) return receiveSection(state, stream, section);
  if (state.role === 'client') return [connectionDemand('a stream that a server cannot open', CODE.protocol, CODE.streamClosed)];
  if (!isIdle(state, block.streamId) || block.streamId % 2 === 0) {
    return [connectionDemand('a stream that cannot be opened now', CODE.protocol, CODE.streamClosed)];
  }
  return receiveRequest(state, openStream(state, block.streamId), section);
}

interface Section {
  readonly fields: readonly Field[];
  readonly isEnd: boolean;
}

function decode(state: ConnectionState, bytes: Buffer): readonly Field[] | undefined {
  try {
    return state.incoming.decode(bytes);
  } catch (reason) {
    if (reason instanceof BlockError) return undefined;
    throw reason;
  }
}

function receiveRequest(state: ConnectionState, stream: StreamState, { fields, isEnd }: Section): readonly Demand[] {
  // A reset of a stream that is one too many counts as a frame that brings nothing.
  state.freeFramesAtMost += 1;
  stream.method = only(fields, ':method') ?? '';
  stream.path = only(fields, ':path') ?? '';
  stream.leftBytes = declaredLength(fields);
  stream.hasRemoteHead = true;
  if (isEnd) endRemote(state, stream);
  const reason = whyNoRequest(fields, isEnd);
  if (reason !== undefined) return [malformed(reason, true)];
  state.heads.push(fields);
  return stricter(fields, whyUnserved(fields));
}

function receiveSection(state: ConnectionState, stream: StreamState, section: Section): readonly Demand[] {
  if (stream.resetBy === 'us') return [];
  if (stream.resetBy === 'peer' || stream.isRemoteClosed) {
    return [{ kind: 'stream', codes: [CODE.streamClosed], rule: 'a section of a closed stream' }];
  }
  if (state.role === 'client' && !stream.hasRemoteHead) return receiveResponse(state, stream, section);
  const reason = whyNoTrailers(section.fields, section.isEnd);
  const isShort = stream.leftBytes !== undefined && stream.leftBytes > 0;
  if (section.isEnd) endRemote(state, stream);
  if (reason !== undefined) return [malformed(reason, false)];
  return [...stricter(section.fields), ...(isShort ? [bodyDemand(stream)] : [])];
}

function receiveResponse(state: ConnectionState, stream: StreamState, { fields, isEnd }: Section): readonly Demand[] {
  const reason = whyNoResponse(fields, isEnd, stream.method);
  if (reason !== undefined) {
    if (isEnd) endRemote(state, stream);
    return [malformed(reason, false)];
  }
  const status = only(fields, ':status') ?? '';
  if (status.startsWith('1')) {
    stream.interimCount += 1;
    return stream.interimCount > WEIR_LIMITS.interimResponses
      ? [malformed('endless interim responses', false)]
      : stricter(fields);
  }
  stream.hasRemoteHead = true;
  const isBodiless = stream.method === 'HEAD' || status === '204' || status === '304';
  stream.leftBytes = isBodiless ? 0 : declaredLength(fields);
  state.heads.push(fields);
  if (isEnd) endRemote(state, stream);
  return stricter(fields);
}

function stricter(fields: readonly Field[], other?: string): readonly Demand[] {
  const rule = whyStricter(fields) ?? other;
  return rule === undefined ? [] : [{ kind: 'optional', codes: [CODE.protocol], rule }];
}

function malformed(rule: string, mayBeAnswered: boolean): Demand {
  return { kind: 'stream', codes: [CODE.protocol], rule, mayBeAnswered };
}
