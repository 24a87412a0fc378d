// SPDX-License-Identifier: Apache-2.0

/** The server name that clients send for a host; undefined for an address, for which there is none (RFC 6066 §3). */
export function serverNameOf(host: string): string | undefined {
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host);
  return isAddress ? undefined : host;
}
