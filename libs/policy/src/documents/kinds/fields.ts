// SPDX-License-Identifier: Apache-2.0
import { isDuration } from '@weir/base';
import * as z from 'zod';
import { celText, inCel, withApiForm } from './api-form.ts';
import { says } from './strict-object.ts';

/** Patterns and lengths are those of the Gateway API's CRDs, v1.6. */
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const HOSTNAME = /^(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const KIND = /^[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const FIELD_VALUE = /^[!-~]+(?:[\t ]?[!-~]+)*$/;
/** GEP-2257, for API servers. */
const DURATION = '^([0-9]{1,5}(h|m|s|ms)){1,4}$';
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

const NAME_HINT = 'write lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit';

/** DNS-1123 subdomain: the name of most objects, and of a section of one. */
export const objectName = z.string().min(1).max(MAX_NAME_LENGTH).regex(DNS_NAME, says('is no name', NAME_HINT));

/** The name in a reference: Gateway API does not look into it. */
export const referencedName = z.string().min(1).max(MAX_NAME_LENGTH);

export const namespaceName = z
  .string()
  .min(1)
  .max(MAX_LABEL_LENGTH)
  .regex(DNS_LABEL, says('is no namespace', 'write lower-case letters, digits and hyphens'));

/** API group; '' is the core group. */
export const groupName = z
  .string()
  .max(MAX_NAME_LENGTH)
  .refine(
    withApiForm({ kind: 'pattern', pattern: `^$|${DNS_NAME.source}` }, (text: string) => text === '' || DNS_NAME.test(text)),
    says('is no API group', 'write a name such as gateway.networking.k8s.io, or "" for core'),
  );

export const kindName = z
  .string()
  .min(1)
  .max(MAX_LABEL_LENGTH)
  .regex(KIND, says('is no kind', 'write a kind as the API spells it, such as Service'));

/** With or without `*.` in front. */
export const hostname = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .regex(HOSTNAME, says('is no hostname', 'write it lower-case and without port, such as shop.example or *.shop.example'))
  .refine(
    withApiForm(
      inCel({ rule: `!self.matches(${celText(IPV4.source)})`, message: 'an IP address is no hostname' }),
      (text: string) => !IPV4.test(text),
    ),
    says('is an IP address and no hostname', 'write a name; leave the field out to take every host'),
  );

/** Without wildcard. */
export const preciseHostname = z
  .string()
  .min(1)
  .max(MAX_NAME_LENGTH)
  .regex(DNS_NAME, says('is no hostname', 'write one host lower-case and without port or *, such as shop.example'));

export const portNumber = z.int().min(1).max(65_535);

/** RFC 9110 §5.6.2. */
export const headerName = z
  .string()
  .min(1)
  .max(256)
  .regex(TOKEN, says('is no header name', "write letters, digits and any of !#$%&'*+-.^_`|~, without space or colon"));

/** RFC 9110 §5.5, without bytes above ASCII and without space at its ends. */
export const headerValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(FIELD_VALUE, says('is no header value', 'write printable ASCII without spaces at either end or two in a row'));

/** GEP-2257; as text, since defaults of durations belong to the resolver. */
export const duration = z
  .string({
    error: issue =>
      typeof issue.input === 'number' ? says('has no unit', `write ${issue.input}s, or ${issue.input}ms`) : undefined,
  })
  .refine(
    withApiForm({ kind: 'pattern', pattern: DURATION }, isDuration),
    says('is no duration', 'write whole numbers with h, m, s or ms, such as 30s, 1m30s or 500ms'),
  );

/** Kubernetes' labels and annotations: values are text, so `true` and `1` need quotes. */
export const textMap = z.record(z.string(), z.string());
