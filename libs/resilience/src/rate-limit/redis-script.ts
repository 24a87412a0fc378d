// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { RateCharge, RateState } from './rate-state.ts';
import type { RateWindow } from './rate-limit.ts';

/**
 * Counts a request in several counters, or in none, in one step. Redis runs a script alone, and its own clock decides, so that gateways
 * need not agree on the time. Needs Redis 5 or newer (effects are replicated, not the script), and one server for all
 * keys of a call: in a cluster, only calls with one counter.
 *
 * KEYS: a counter each. ARGV: five per key: algorithm, cost, and
 * - `bucket`: interval, and burst × interval; the value is the moment at which the bucket is full again. Times in 1/8 µs since 2024,
 *   which a double counts exactly until 2059. When Redis' clock goes back, a bucket counts as empty at most.
 * - `sliding`: quota, length of a slice and of the window in µs; a hash of 17 slices, `number:count` each (16 cover a window). When
 *   Redis' clock goes back by less than a window, later slices count as well.
 * Answers four integers per key: whether it admits, what remains, µs until all is back, µs until it would admit.
 *
 * Keys expire when they count nothing any more.
 */
export const RATE_LIMIT_SCRIPT = `
local time = redis.call('TIME')
local now = (tonumber(time[1]) - 1704067200) * 1000000 + tonumber(time[2])

local function look_bucket(key, cost, interval, capacity, taken)
  local now8 = now * 8
  local moment = tonumber(redis.call('GET', key) or now8)
  local used = math.min(math.max(0, moment - now8), capacity) + taken * interval
  local asked = cost * interval
  local admits = used + asked <= capacity
  local function write()
    redis.call('SET', key, string.format('%.0f', now8 + used + asked), 'PX', math.ceil((used + asked) / 8000) + 1)
  end
  return admits, capacity - used, used, used + asked - capacity, interval, asked, write
end

local function look_window(key, cost, quota, slice, window, taken)
  local number = math.floor(now / slice)
  local oldest = math.floor((now - window) / slice)
  local counts, used, newest = {}, taken, oldest
  local flat = redis.call('HGETALL', key)
  for i = 2, #flat, 2 do
    local at, count = string.match(flat[i], '(%d+):(%d+)')
    at, count = tonumber(at), tonumber(count)
    if at >= oldest and at <= number + 17 and count > 0 then
      counts[at] = count
      used = used + count
      newest = math.max(newest, at)
    end
  end
  number = math.max(number, newest)
  local admits = used + cost <= quota
  local last, excess = oldest, used + cost - quota
  while excess > 0 and last <= number do
    excess = excess - (counts[last] or 0)
    last = last + 1
  end
  local function write()
    local count = (counts[number] or 0) + taken + cost
    redis.call('HSET', key, number % 17, string.format('%.0f:%.0f', number, count))
    redis.call('PEXPIRE', key, math.ceil((window + 2 * slice) / 1000))
  end
  local reset = 0
  if used > 0 then reset = (newest + 1) * slice + window - now end
  return admits, quota - used, reset, last * slice + window - now, (number + 1) * slice + window - now, write
end

local answer, writes, taken, admitted = {}, {}, {}, true
for i, key in ipairs(KEYS) do
  local algorithm = ARGV[i * 5 - 4]
  local cost, a, b, c = tonumber(ARGV[i * 5 - 3]), tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5 - 1]), tonumber(ARGV[i * 5])
  local state = {}
  if algorithm == 'bucket' then
    local admits, left, reset, wait, unit, asked, write = look_bucket(key, cost, a, b, taken[key] or 0)
    state = { admits = admits, left = math.floor(left / unit), less = cost, reset = reset / 8, later = (reset + asked) / 8, wait = wait / 8 }
    writes[i] = write
  else
    local admits, left, reset, wait, later, write = look_window(key, cost, a, b, c, taken[key] or 0)
    state = { admits = admits, left = left, less = cost, reset = reset, later = later, wait = wait }
    writes[i] = write
  end
  taken[key] = (taken[key] or 0) + cost
  admitted = admitted and state.admits
  answer[i] = state
end

local reply = {}
for i, state in ipairs(answer) do
  local takes = admitted and state.less > 0
  if takes then writes[i]() end
  table.insert(reply, state.admits and 1 or 0)
  table.insert(reply, math.max(0, takes and state.left - state.less or state.left))
  table.insert(reply, math.ceil(math.max(0, takes and state.later or state.reset)))
  table.insert(reply, state.admits and 0 or math.ceil(math.max(0, state.wait)))
end
return reply
`;

export const RATE_LIMIT_SCRIPT_SHA = createHash('sha1').update(RATE_LIMIT_SCRIPT).digest('hex');

/** What the script is called with. */
export interface RateLimitCall {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** All keys begin with it: what an access list of Redis has to allow. */
export const REDIS_KEY_PREFIX = 'weir:rate:';
const UNITS_PER_MS = 8000;
const SLICES_PER_WINDOW = 16;

/** Keys carry digests only: what clients are called by does not lie in Redis, and is not longer than this. */
export function rateLimitCall(charges: readonly RateCharge[]): RateLimitCall {
  const keys: string[] = [];
  const args: string[] = [];
  for (const { limit, key, cost } of charges) {
    const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
    for (const window of limit.windows) {
      keys.push(`${REDIS_KEY_PREFIX}${window.id}:${digest}`);
      args.push(...argsOf(window, cost));
    }
  }
  return { keys, args };
}

function argsOf({ spec }: RateWindow, cost: number): readonly string[] {
  if (spec.algorithm === 'slidingWindow') {
    const windowUs = spec.windowMs * 1000;
    return ['sliding', cost, spec.quota, windowUs / SLICES_PER_WINDOW, windowUs].map(String);
  }
  // Rounded up: a limit is never faster than written.
  const interval = Math.ceil((spec.windowMs * UNITS_PER_MS) / spec.quota);
  return ['bucket', cost, interval, interval * spec.burst, 0].map(String);
}

const INTEGERS_PER_STATE = 4;

/** Reads the script's answer. Throws an Error for anything that is not one. */
export function parseRateLimitReply(reply: unknown, charges: readonly RateCharge[]): readonly RateState[] {
  const windows = charges.flatMap(({ limit, cost }) => limit.windows.map(window => ({ window, cost })));
  if (!isIntegers(reply) || reply.length !== windows.length * INTEGERS_PER_STATE) {
    throw new Error(`the rate-limit script answered ${JSON.stringify(reply)} for ${windows.length} counters`);
  }
  return windows.map(({ window, cost }, i) => {
    const [admits, remaining, resetUs, waitUs] = reply.slice(i * INTEGERS_PER_STATE) as [number, number, number, number];
    const retryAfterMs = cost > window.capacity ? Infinity : waitUs / 1000;
    return {
      window,
      isAdmitted: admits === 1,
      remaining,
      resetMs: resetUs / 1000,
      retryAfterMs: admits === 1 ? 0 : retryAfterMs,
    };
  });
}

function isIntegers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
}
