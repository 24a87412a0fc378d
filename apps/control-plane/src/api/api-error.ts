// SPDX-License-Identifier: Apache-2.0

/** Answers a request with a problem (RFC 9457). `detail` is for whoever asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Stable, in kebab-case: the last part of the problem's `type`. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** The body of a problem. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** `type` is a URN: there is no page behind it that could be looked up. */
export function problemDetails({ status, code, message }: ApiError): ProblemDetails {
  return { type: `urn:weir:problem:${code}`, title: code.replaceAll('-', ' '), status, detail: message };
}
