// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { hostname, preciseHostname } from '../fields.ts';
import { exactlyOneOf, withApiForm } from '../api-form.ts';
import { addProblem } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';

const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/;
const EMAIL = /^[!-?A-~]+@[!-?A-~]+$/;

/** One subject alternative name (RFC 5280 §4.2.1.6). `dnsName`: what may stand there. */
function certificateName(dnsName: z.ZodType<string, string>, words: string): z.ZodType<CertificateNameSpec, CertificateNameSpec> {
  return strictObject({
    dnsName: dnsName.optional().describe(words),
    uri: z
      .string()
      .max(2048)
      .regex(URI, says('is no URI', 'write it whole, such as spiffe://example.com/agent'))
      .optional()
      .describe('A URI, compared letter by letter.'),
    email: z
      .string()
      .max(320)
      .regex(EMAIL, says('is no email address', 'write one such as ann@example.com'))
      .optional()
      .describe('An email address; its domain in any case.'),
  })
    .check(
      withApiForm(exactlyOneOf(['dnsName', 'uri', 'email']), context => {
        const written = Object.values(context.value).filter(value => value !== undefined);
        if (written.length === 1) return;
        const message =
          written.length === 0
            ? 'names nothing\nwrite one of dnsName, uri or email'
            : 'has several names\nwrite an item for each of them';
        addProblem(context, [], message);
      }),
    )
    .describe('A name in a certificate: one of the fields.');
}

export interface CertificateNameSpec {
  readonly dnsName?: string | undefined;
  readonly uri?: string | undefined;
  readonly email?: string | undefined;
}

export const preciseCertificateName = certificateName(preciseHostname, 'A DNS name.');
export const certificateNamePattern = certificateName(hostname, 'A DNS name; `*.` in front of it stands for one label.');
