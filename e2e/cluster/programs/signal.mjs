// Sends a signal to all processes of a container, from a pod that sees those of its node: `signal.mjs SIGNAL CONTAINER_ID`.
import { readdirSync, readFileSync } from 'node:fs';

const [, , name, id] = process.argv;
const pids = readdirSync('/proc').filter(entry => /^\d+$/.test(entry) && controlGroupOf(entry).includes(id));
if (pids.length === 0) throw new Error(`no process is of ${id}`);
for (const pid of pids) process.kill(Number(pid), name);

function controlGroupOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
