// SPDX-License-Identifier: Apache-2.0
// `node grpc-stock.ts PORT`: a gRPC service with one method, shop.Stock/Count, which answers the bytes that it is sent.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { handleUnaryCall, MethodDefinition } from '@grpc/grpc-js';

const asTheyAre = (bytes: Buffer): Buffer => bytes;
const count: MethodDefinition<Buffer, Buffer> = {
  path: '/shop.Stock/Count',
  requestStream: false,
  responseStream: false,
  requestSerialize: asTheyAre,
  requestDeserialize: asTheyAre,
  responseSerialize: asTheyAre,
  responseDeserialize: asTheyAre,
};
const answer: handleUnaryCall<Buffer, Buffer> = ({ request }, done) => done(null, request);

const port = Number(process.argv[2]);
const server = new Server();
server.addService({ count }, { count: answer });
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), error => {
  if (error) throw error;
  console.log(`the stock listens on 127.0.0.1:${port}`);
});
