// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { formatSpiffeId, trustBundleData } from '@weir/identity';
import { CertifyResponseSchema, IdentityService } from '@weir/sync/messages';
import type { CertifyRequest as WireRequest, CertifyResponse } from '@weir/sync/messages';
import { PEER, PEER_LEAF } from '@weir/sync/server';
import { NotCertified } from './identity-desk.ts';
import type { CertifiedPeer, CertifyRequest, IdentityDesk, RefusalReason } from './identity-desk.ts';

/** More addresses than any token is for. */
const MAX_ADDRESSES = 64;

/** A signing request and 64 addresses have 4 KB. Anybody who reaches the port can send one. */
const MAX_REQUEST_BYTES = 65_536;

const CODES: Readonly<Record<RefusalReason, Code>> = {
  elsewhere: Code.Unimplemented,
  unproved: Code.Unauthenticated,
  forbidden: Code.PermissionDenied,
  invalid: Code.InvalidArgument,
};

/** The desk as a service of a Connect router. */
export function identityRoutes(desk: Pick<IdentityDesk, 'certify'>): (router: ConnectRouter) => void {
  return router => {
    router.service(
      IdentityService,
      {
        certify: async (request, context) => {
          try {
            return await answer(desk, requestFromWire(request), peerOf(context));
          } catch (reason) {
            throw errorFrom(reason);
          }
        },
      },
      { readMaxBytes: MAX_REQUEST_BYTES },
    );
  };
}

async function answer(
  desk: Pick<IdentityDesk, 'certify'>,
  request: CertifyRequest,
  peer: CertifiedPeer | undefined,
): Promise<CertifyResponse> {
  const { id, chainPem, notAfterMs, bundle } = await desk.certify(request, peer);
  const { trustDomain, sequence, rootsPem, issuingRoot } = trustBundleData(bundle);
  return create(CertifyResponseSchema, {
    chainPem,
    trustBundle: { trustDomain, sequence: BigInt(sequence), rootsPem, issuingRoot },
    notAfter: timestampFromMs(notAfterMs),
    spiffeId: formatSpiffeId(id),
  });
}

function requestFromWire({ proof, csrPem, addresses }: WireRequest): CertifyRequest {
  if (addresses.length > MAX_ADDRESSES) {
    throw new ConnectError(`${addresses.length} addresses are more than ${MAX_ADDRESSES}`, Code.InvalidArgument);
  }
  return { requestPem: csrPem, token: tokenFrom(proof), addresses };
}

function tokenFrom(proof: WireRequest['proof']): CertifyRequest['token'] {
  if (proof.case === undefined) return undefined;
  return { kind: proof.case === 'joinToken' ? 'join' : 'serviceAccount', text: proof.value };
}

function peerOf({ values }: HandlerContext): CertifiedPeer | undefined {
  const identity = values.get(PEER);
  return identity === '' ? undefined : { identity, leaf: values.get(PEER_LEAF) };
}

/** What is not a refusal is our own trouble: the log has it, and the caller tries again. */
function errorFrom(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) return reason;
  if (reason instanceof NotCertified) return new ConnectError(reason.message, CODES[reason.reason]);
  return new ConnectError('the control plane could not issue a certificate; its log says why', Code.Unavailable);
}
