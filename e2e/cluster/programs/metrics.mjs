// Serves the resource metrics of pods (metrics.k8s.io/v1beta1), which autoscalers ask for, of what kubelets have measured: for clusters without
// a metrics server. Asks kubelets through the API server, as its service account; believes whoever asks.
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';

const SAMPLE_MS = 3_000;
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const API = '/apis/metrics.k8s.io/v1beta1';
const USAGE = /^container_cpu_usage_seconds_total\{container="([^"]+)",namespace="([^"]+)",pod="([^"]+)"\} (\S+) (\d+)$/gm;
const MEMORY = /^container_memory_working_set_bytes\{container="([^"]+)",namespace="([^"]+)",pod="([^"]+)"\} (\S+) (\d+)$/gm;

/** By namespace, pod and container: seconds of CPU, and when that was. */
const samples = new Map();
const usages = new Map();
const memory = new Map();

const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const ca = readFileSync(`${ACCOUNT}/ca.crt`);

function ask(path) {
  return new Promise((resolve, reject) => {
    // It is renewed.
    const headers = { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}` };
    const sent = request({ host, port, path, ca, headers, timeout: 10_000 }, async response => {
      const text = (await response.setEncoding('utf8').toArray()).join('');
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${path}: ${response.statusCode} ${text}`));
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${path}: no answer`)));
    sent.end();
  });
}

async function sample() {
  const nodes = JSON.parse(await ask('/api/v1/nodes')).items;
  for (const { metadata } of nodes) {
    const text = await ask(`/api/v1/nodes/${metadata.name}/proxy/metrics/resource`);
    for (const [, container, namespace, pod, bytes] of text.matchAll(MEMORY))
      memory.set(`${namespace}/${pod}/${container}`, Number(bytes));
    for (const [, container, namespace, pod, seconds, atMs] of text.matchAll(USAGE)) {
      note(`${namespace}/${pod}/${container}`, { seconds: Number(seconds), atMs: Number(atMs) });
    }
  }
}

function note(key, now) {
  const before = samples.get(key);
  if (before?.atMs === now.atMs) return;
  samples.set(key, now);
  if (before === undefined || now.seconds < before.seconds) return;
  const windowMs = now.atMs - before.atMs;
  usages.set(key, { windowMs, atMs: now.atMs, cores: ((now.seconds - before.seconds) * 1000) / windowMs });
}

function metricsOf({ metadata: { name, namespace, labels }, spec }) {
  const containers = [...(spec.initContainers ?? []).filter(one => one.restartPolicy === 'Always'), ...spec.containers];
  const found = containers.map(one => ({ name: one.name, key: `${namespace}/${name}/${one.name}` }));
  const known = found.map(({ key }) => usages.get(key));
  if (known.some(usage => usage === undefined)) return [];
  const [{ atMs, windowMs }] = known;
  const usageOf = ({ key }, { cores }) => ({ cpu: `${Math.round(cores * 1e9)}n`, memory: String(memory.get(key) ?? 0) });
  return [
    {
      metadata: { name, namespace, labels },
      timestamp: new Date(atMs).toISOString(),
      window: `${windowMs}ms`,
      containers: found.map((one, index) => ({ name: one.name, usage: usageOf(one, known[index]) })),
    },
  ];
}

async function podMetrics(namespace, query) {
  const pods = JSON.parse(await ask(`/api/v1/namespaces/${namespace}/pods${query}`)).items;
  return { kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1', metadata: {}, items: pods.flatMap(metricsOf) };
}

const resources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'metrics.k8s.io/v1beta1',
  resources: [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
};

async function answer(url) {
  const { pathname, search } = new URL(url, 'https://metrics');
  if (pathname === API) return resources;
  const [, namespace] = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/.exec(pathname) ?? [];
  return namespace === undefined ? undefined : podMetrics(namespace, search);
}

const pem = readFileSync('/programs/metrics.pem');
createServer({ cert: pem, key: pem }, async ({ url }, response) => {
  try {
    const found = await answer(url);
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? {}));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}).listen(8443);

for (;;) {
  await sample().catch(error => console.error(String(error)));
  await new Promise(resolve => setTimeout(resolve, SAMPLE_MS));
}
