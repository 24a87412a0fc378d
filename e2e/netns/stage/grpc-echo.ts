// SPDX-License-Identifier: Apache-2.0
// `node grpc-echo.ts serve NAME`: a gRPC server at 50051 that answers with its name and the metadata `x-tenant` that it was sent.
// `node grpc-echo.ts call ADDRESS RULE COUNT`: calls it so often with the metadata `x-rule`, and prints how often which answer came, with
// the metadata `x-via` of the last one.
import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { bytes, grpcMethod } from '../../process/stage/grpc-peers.ts';

const [, , part, at = '', rule = '', count = '1'] = process.argv;
const PATH = '/shop.Stock/Get';

function serve(name: string): void {
  const get: handleUnaryCall<Buffer, Buffer> = (call, done) => {
    done(null, Buffer.from([name, ...call.metadata.get('x-tenant')].join(' ')));
  };
  const server = new Server();
  server.addService({ get: grpcMethod(PATH) }, { get });
  server.bindAsync('[::]:50051', ServerCredentials.createInsecure(), error => {
    process.stderr.write(error === null ? 'ready\n' : `${error.message}\n`);
  });
}

function ask(client: Client): Promise<readonly [answer: string, via: string]> {
  const metadata = new Metadata();
  metadata.set('x-rule', rule);
  return new Promise(resolve => {
    let via = '';
    const call = client.makeUnaryRequest(PATH, bytes, bytes, Buffer.alloc(0), metadata, (error, value) => {
      resolve([error === null ? String(value) : `status ${error.code}`, via]);
    });
    call.on('metadata', initial => (via = initial.get('x-via').join(',')));
  });
}

if (part === 'serve') {
  serve(at);
} else {
  const client = new Client(`${at}:50051`, credentials.createInsecure());
  const answers: Record<string, number> = {};
  let via = '';
  for (let i = 0; i < Number(count); i++) {
    const [answer, said] = await ask(client);
    answers[answer] = (answers[answer] ?? 0) + 1;
    via = said;
  }
  client.close();
  process.stdout.write(JSON.stringify({ answers, via }));
}
